package org.perk4j.objective.perk;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Learner;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** ℓ(θ): the mean negative log-likelihood of the answers' tokens, without the context in the prompt. */
final class AnswerLoss {

    private static final int ROWS_OF_LOGITS = 64;

    private final Learner learner;
    private final List<MicroBatch> batches;
    private final java.util.function.Function<MicroBatch, Dropout> dropout;
    private final int scored;

    AnswerLoss(Learner learner, PerkOptions options, List<EncodedText> answers,
               java.util.function.Function<MicroBatch, Dropout> dropout) {
        this.learner = learner;
        this.batches = MicroBatch.split(answers, options.microBatchTokens());
        this.dropout = dropout;
        this.scored = answers.stream().mapToInt(EncodedText::scored).sum();
        if (scored == 0) {
            throw new IllegalArgumentException("the episode has no answer to learn from");
        }
    }

    List<MicroBatch> batches() {
        return batches;
    }

    int scored() {
        return scored;
    }

    /** @return the part of ℓ that comes from {@code batch}, and the hidden states that predict an answer's token */
    List<Tensor> of(Ops ops, MicroBatch batch, Parameters adapter) {
        Tensor hidden = learner.model().hidden(ops, learner.weights(), batch.tokens(),
                learner.adapter().with(adapter, dropout.apply(batch)));
        int[] targets = batch.targets();
        int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        Tensor predicting = ops.gatherRows(hidden, rows);
        Tensor loss = learner.model().tokenLoss(ops, learner.weights(), predicting, scored(targets));
        return List.of(ops.scale(ops.sumRows(loss), 1.0 / scored), predicting);
    }

    private static int[] scored(int[] targets) {
        return Arrays.stream(targets).filter(t -> t >= 0).toArray();
    }

    /** @return how many of the batch's answer tokens are the likeliest, given the hidden states that {@link #of} found */
    int hits(MicroBatch batch, Tensor predicting) {
        Compute compute = learner.compute();
        int[] targets = scored(batch.targets());
        int hits = 0;
        for (int start = 0; start < targets.length; start += ROWS_OF_LOGITS) {
            int end = Math.min(targets.length, start + ROWS_OF_LOGITS);
            try (Scope scope = compute.scope()) {
                Tensor rows = compute.gatherRows(predicting, IntStream.range(start, end).toArray());
                Tensor logits = learner.model().logits(compute, learner.weights(), rows);
                double[] scores = compute.download(logits);
                for (int i = start; i < end; i++) {
                    hits += argmax(scores, (i - start) * logits.columns(), logits.columns()) == targets[i] ? 1 : 0;
                }
            }
        }
        return hits;
    }

    private static int argmax(double[] scores, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (scores[from + i] > scores[from + best]) {
                best = i;
            }
        }
        return best;
    }
}
