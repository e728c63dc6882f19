package org.perk4j.benchmarks;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** A model that remembers the scores it gave. */
record ScoredModel(Model plain, List<float[]> scores) implements Model {

    ScoredModel(Model plain) {
        this(plain, new ArrayList<>());
    }

    @Override
    public ModelSize size() {
        return plain.size();
    }

    @Override
    public List<AttentionSpec> attention() {
        return plain.attention();
    }

    @Override
    public List<Site> sites() {
        return plain.sites();
    }

    @Override
    public List<ParameterSpec> parameters() {
        return plain.parameters();
    }

    @Override
    public String head() {
        return plain.head();
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation) {
        return plain.hidden(ops, weights, tokens, adaptation);
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache) {
        return plain.hidden(ops, weights, tokens, adaptation, cache);
    }

    @Override
    public Tensor tokenLoss(Ops ops, Parameters weights, Tensor hidden, int... targets) {
        return plain.tokenLoss(ops, weights, hidden, targets);
    }

    @Override
    public Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        Tensor logits = plain.logits(ops, weights, hidden);
        FloatBuffer given = FloatBuffer.allocate(Math.toIntExact(logits.shape().size()));
        ((Compute) ops).download(logits, given);
        scores.add(given.array());
        return logits;
    }
}
