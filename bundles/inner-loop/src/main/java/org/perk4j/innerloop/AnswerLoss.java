package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Pullback;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Learner;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** ℓ(θ; w): the mean negative log-likelihood of the answers' tokens, without the context in the prompt. */
final class AnswerLoss {

    private static final int ROWS_OF_LOGITS = 64;

    private final AdaptedModel model;
    private final Learner learner;
    private final List<MicroBatch> batches;
    private final Function<MicroBatch, Dropout> dropout;
    private final int scored;

    /** @throws IllegalArgumentException if no token of the answers is scored */
    AnswerLoss(AdaptedModel model, LoopOptions options, List<EncodedText> answers, Function<MicroBatch, Dropout> dropout) {
        this.model = model;
        this.learner = model.learner();
        this.batches = MicroBatch.split(learner.compute(), answers, options.microBatchTokens());
        this.dropout = dropout;
        this.scored = scored(answers);
    }

    private static int scored(List<EncodedText> answers) {
        int scored = answers.stream().mapToInt(EncodedText::scored).sum();
        if (scored == 0) {
            throw new IllegalArgumentException("the episode has no answer to learn from");
        }
        return scored;
    }

    List<MicroBatch> batches() {
        return batches;
    }

    /** @return ℓ with these values of the adapter, without dropout */
    static double value(Learner learner, Parameters adapter, List<EncodedText> answers, int microBatchTokens) {
        Compute compute = learner.compute();
        int scored = scored(answers);
        double sum = 0;
        for (MicroBatch batch : MicroBatch.split(compute, answers, microBatchTokens)) {
            try (Scope scope = compute.scope()) {
                AdaptedModel.Read read = AdaptedModel.read(learner, compute, batch, adapter, Dropout.NONE);
                sum += compute.download(of(learner, compute, batch, read, scored).get(0))[0];
            }
        }
        return sum;
    }

    /** @return ℓ with its gradients, which belong to the innermost open scope */
    Answered gradient(Tensor theta, Tensor w) {
        Compute compute = learner.compute();
        List<Tensor> at = model.roles().answersReadAround() ? List.of(theta, w) : List.of(theta);
        List<Tensor> sums = Sum.of(compute, batches, batch -> {
            List<Tensor> cotangents = new ArrayList<>(List.of(compute.fill(Shape.SCALAR, 1)));
            cotangents.add(null);
            Pullback pullback = learner.autodiff().pullback(compute,
                    (ops, x) -> of(ops, batch, x.get(0), x.size() > 1 ? x.get(1) : w), at, cotangents);
            List<Tensor> terms = new ArrayList<>(List.of(pullback.values().get(0),
                    hits(batch, model.weights(theta, w), pullback.values().get(1))));
            terms.addAll(pullback.gradients());
            return terms;
        });
        double[] lossAndHits;
        try (Scope scope = compute.scope()) {
            lossAndHits = compute.download(compute.join(sums.get(0), sums.get(1)));
        }
        compute.free(sums.get(0));
        compute.free(sums.get(1));
        return new Answered(lossAndHits[0], lossAndHits[1] / scored, Double.NaN, sums.get(2),
                sums.size() > 3 ? sums.get(3) : compute.fill(w.shape(), 0));
    }

    /** @return the part of ℓ that comes from {@code batch}, and the hidden states that predict the answers' tokens */
    List<Tensor> of(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        return of(learner, ops, batch, model.read(ops, batch, theta, w, dropout.apply(batch)), scored);
    }

    private static List<Tensor> of(Learner learner, Ops ops, MicroBatch batch, AdaptedModel.Read read, int scored) {
        int[] targets = batch.targets();
        int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        Tensor predicting = ops.gatherRows(read.hidden(), padded(learner, rows));
        Tensor loss = learner.model().tokenLoss(ops, read.weights(), predicting, scored(learner, targets));
        // By a tensor, so that answers of other lengths are the same work
        return List.of(ops.multiplyScalar(ops.sumRows(loss), ops.constant(Shape.SCALAR, 1.0 / scored)), predicting);
    }

    private static int[] scored(Learner learner, int[] targets) {
        return padded(learner, Arrays.stream(targets).filter(t -> t >= 0).toArray());
    }

    /** @return these rows or targets, and behind them as many that are none as {@link Compute#paddedRows} wants */
    private static int[] padded(Learner learner, int[] numbers) {
        int[] all = Arrays.copyOf(numbers, learner.compute().paddedRows(numbers.length));
        Arrays.fill(all, numbers.length, all.length, -1);
        return all;
    }

    /** @return {@code 1×1}: how many of the batch's answer tokens rank first, given the hidden states from {@link #of} */
    private Tensor hits(MicroBatch batch, Parameters weights, Tensor predicting) {
        Compute compute = learner.compute();
        int[] targets = scored(learner, batch.targets());
        Tensor hits = compute.fill(Shape.SCALAR, 0);
        for (int start = 0; start < targets.length; start += ROWS_OF_LOGITS) {
            int end = Math.min(targets.length, start + ROWS_OF_LOGITS);
            try (Scope scope = compute.scope()) {
                Tensor rows = compute.gatherRows(predicting, IntStream.range(start, end).toArray());
                Tensor logits = learner.model().logits(compute, weights, rows);
                compute.accumulate(hits, 1, compute.countFirst(logits, Arrays.copyOfRange(targets, start, end)));
            }
        }
        return hits;
    }
}
