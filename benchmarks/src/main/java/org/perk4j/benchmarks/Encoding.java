package org.perk4j.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.objective.perk.Perk;
import org.perk4j.objective.perk.PerkOptions;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.adamw.AdamWOptions;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.optimizer.sgd.SgdOptions;
import org.perk4j.tensor.Tensor;

/** Meta-gradients and what they are made of: the inner loop, and reading. */
final class Encoding implements Subject {

    /** As pytorch_peer.py draws A and B. */
    private static final double INIT_A = 0.02;
    private static final double INIT_B = 0.002;
    private static final double LEARNING_RATE = 5e-5;

    private final Workload workload;
    private final Learner learner;
    private final MetaObjective objective;
    private final Parameters meta;
    private final EncodedEpisode episode;

    Encoding(Workload workload, Compute compute, Values values) throws IOException {
        this.workload = workload;
        Model model = workload.model();
        Adapter adapter = new Lora().create(
                new LoraOptions(workload.rank(), 16, true, 0, List.of(), INIT_A, INIT_B), model);
        learner = new Learner(compute, new ReverseMode(), model, values.all(compute, "model", model.parameters()),
                adapter, optimizer(workload));
        objective = new Perk().create(
                new PerkOptions(workload.steps(), workload.unroll(), LEARNING_RATE, Rates.Per.TENSOR, false, 1, false,
                Mean.TOKENS, 0, workload.microBatchTokens(), workload.keepMegabytes(),
                workload.keepOnDiskMegabytes(), 0));
        meta = values.all(compute, "meta", objective.parameters(learner));
        int vocabulary = model.size().vocabulary();
        episode = new EncodedEpisode(0,
                texts(values.tokens("segments", workload.segments(), workload.tokens(), vocabulary)),
                texts(values.tokens("question", 1, workload.answer(), vocabulary)));
    }

    private static InnerOptimizer optimizer(Workload workload) {
        return switch (workload.optimizer()) {
            case ADAMW -> new AdamW().create(new AdamWOptions(0.9, 0.95, 1e-8, false, 0.01));
            case SGD -> new Sgd().create(new SgdOptions(0));
        };
    }

    private static List<EncodedText> texts(int[][] tokens) {
        return Arrays.stream(tokens).map(t -> new EncodedText(t, 0)).toList();
    }

    @Override
    public Parameters run() {
        return switch (workload.what()) {
            case META -> objective.gradient(learner, meta, episode).gradient();
            case ADAPT -> objective.encode(learner, meta, episode.segments(), passes -> { }).adapter();
            case PREFILL -> new Parameters(List.of("hidden"), List.of(hidden()));
            case DECODE -> throw new IllegalArgumentException("decoding encodes nothing");
        };
    }

    private Tensor hidden() {
        int[] context = episode.segments().stream().flatMapToInt(s -> IntStream.of(s.tokens())).toArray();
        return learner.model().hidden(learner.compute(), learner.weights(), Tokens.of(List.of(context)),
                learner.adapter().with(meta.under("adapter."), Dropout.NONE));
    }
}
