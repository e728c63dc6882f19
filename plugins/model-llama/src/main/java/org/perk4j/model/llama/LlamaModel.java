package org.perk4j.model.llama;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** The embeddings of tokens through the blocks, which rotate queries and keys by position, to a last normalisation. */
final class LlamaModel implements Model {

    private static final String PREFIX = "model.";

    private final ModelSize size;
    private final Heads heads;
    private final AttentionSpec attention;
    private final double[] frequencies;
    private final ParameterSpec embedding;
    private final List<Block> blocks;
    private final RmsNorm last;
    private final ParameterSpec head;

    LlamaModel(LlamaConfig config) {
        size = new ModelSize(config.vocabulary(), config.width(), config.layers(), config.positions());
        heads = config.heads();
        attention = new AttentionSpec(heads);
        frequencies = config.rotation().frequencies(heads.size());
        Shape table = new Shape(config.vocabulary(), config.width());
        embedding = new ParameterSpec(PREFIX + "embed_tokens.weight", table, 0, config.standardDeviation());
        blocks = IntStream.range(0, config.layers()).mapToObj(i -> new Block(PREFIX + "layers." + i, config)).toList();
        last = new RmsNorm(PREFIX + "norm", config.width(), config.epsilon());
        head = config.tiedHead() ? embedding : new ParameterSpec("lm_head.weight", table, 0, config.standardDeviation());
    }

    @Override
    public ModelSize size() {
        return size;
    }

    @Override
    public Heads heads() {
        return heads;
    }

    @Override
    public List<Site> sites() {
        return blocks.stream().flatMap(block -> block.sites().stream()).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        List<ParameterSpec> all = new ArrayList<>(List.of(embedding));
        blocks.forEach(block -> all.addAll(block.parameters()));
        all.add(last.gain());
        if (head != embedding) {
            all.add(head);
        }
        return all;
    }

    @Override
    public String head() {
        return head.name();
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation) {
        return hidden(ops, weights, tokens, adaptation,
                (layer, rotated) -> ops.attention(rotated, attention, tokens.segments()));
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache) {
        return hidden(ops, weights, tokens, adaptation, (layer, rotated) -> ops.cachedAttention(rotated, attention,
                tokens.segments(), cache.keys().get(layer), cache.values().get(layer), cache.past()));
    }

    /** What a layer's packed queries, keys and values attend to, queries and keys rotated. */
    private interface Attention {
        Tensor apply(int layer, Tensor rotated);
    }

    private Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, Attention attention) {
        size.requireReadable(tokens);
        return ops.scoped(() -> last.apply(ops, weights,
                afterBlocks(blocks.size(), ops, weights, tokens, adaptation, attention)));
    }

    /** Nested, not in a loop, so that the scope of each block frees the output of the one before it. */
    private Tensor afterBlocks(int count, Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation,
                               Attention attention) {
        if (count == 0) {
            return ops.gatherRows(weights.get(embedding.name()), tokens.ids());
        }
        int layer = count - 1;
        return ops.scoped(() -> blocks.get(layer).apply(ops, weights, adaptation,
                packed -> attention.apply(layer, ops.rotate(packed, heads, tokens.positions(), frequencies, false)),
                afterBlocks(layer, ops, weights, tokens, adaptation, attention)));
    }
}
