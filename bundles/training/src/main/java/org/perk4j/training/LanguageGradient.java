package org.perk4j.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.Pullback;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * The mean negative log-likelihood of sequences and its gradient with respect to all weights. Memory is bounded by the
 * micro-batch, not by the number of sequences.
 */
final class LanguageGradient {

    private final Compute compute;
    private final Autodiff autodiff;
    private final Model model;
    private final int microBatchTokens;

    LanguageGradient(Compute compute, Autodiff autodiff, Model model, int microBatchTokens) {
        this.compute = compute;
        this.autodiff = autodiff;
        this.model = model;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * A loss with its gradient.
     *
     * @param loss     mean over the tokens with a loss
     * @param gradient with respect to each weight
     */
    record Result(double loss, Variables gradient) {
    }

    Result of(Variables weights, List<Sequence> sequences) {
        int scored = scored(sequences);
        try (Scope scope = compute.scope()) {
            Parameters uploaded = weights.upload(compute);
            List<Tensor> sum = weights.specs().stream().map(ParameterSpec::shape).map(s -> compute.fill(s, 0)).toList();
            double loss = 0;
            for (List<Sequence> batch : microBatches(sequences)) {
                try (Scope inner = compute.scope()) {
                    Pullback pullback = autodiff.gradient(compute,
                            (ops, variables) -> List.of(loss(ops, uploaded.with(variables), batch, scored)),
                            uploaded.tensors());
                    loss += compute.download(pullback.values().get(0))[0];
                    for (int i = 0; i < sum.size(); i++) {
                        compute.accumulate(sum.get(i), 1, pullback.gradients().get(i));
                    }
                }
            }
            return new Result(loss, Variables.download(compute, weights.specs(), sum));
        }
    }

    double loss(Parameters weights, List<Sequence> sequences) {
        int scored = scored(sequences);
        double loss = 0;
        for (List<Sequence> batch : microBatches(sequences)) {
            try (Scope scope = compute.scope()) {
                loss += compute.download(loss(compute, weights, batch, scored))[0];
            }
        }
        return loss;
    }

    private static int scored(List<Sequence> sequences) {
        int scored = sequences.stream().mapToInt(Sequence::scored).sum();
        if (scored == 0) {
            throw new IllegalArgumentException("the sequences have no token to learn");
        }
        return scored;
    }

    /** The part of the mean over {@code scored} tokens that comes from {@code batch}. */
    private Tensor loss(Ops ops, Parameters weights, List<Sequence> batch, int scored) {
        Tensor hidden = model.hidden(ops, weights, Tokens.of(batch.stream().map(Sequence::tokens).toList()),
                Adaptation.NONE);
        int[] targets = batch.stream().flatMapToInt(s -> Arrays.stream(s.targets())).toArray();
        int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        Tensor predicting = rows.length == targets.length ? hidden : ops.gatherRows(hidden, rows);
        Tensor losses = model.tokenLoss(ops, weights, predicting,
                Arrays.stream(rows).map(i -> targets[i]).toArray());
        return ops.scale(ops.sumRows(losses), 1.0 / scored);
    }

    /**
     * Groups sequences into micro-batches of at most this number of tokens. A longer sequence gets a micro-batch of its own;
     * one without a loss is left out.
     */
    private List<List<Sequence>> microBatches(List<Sequence> sequences) {
        List<List<Sequence>> batches = new ArrayList<>();
        List<Sequence> batch = new ArrayList<>();
        int tokens = 0;
        for (Sequence sequence : sequences) {
            if (sequence.scored() == 0) {
                continue;
            }
            if (!batch.isEmpty() && tokens + sequence.length() > microBatchTokens) {
                batches.add(batch);
                batch = new ArrayList<>();
                tokens = 0;
            }
            batch.add(sequence);
            tokens += sequence.length();
        }
        batches.add(batch);
        return batches;
    }
}
