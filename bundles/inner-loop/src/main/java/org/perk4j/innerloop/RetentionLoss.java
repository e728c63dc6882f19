package org.perk4j.innerloop;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Pullback;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.data.RetainedText;
import org.perk4j.meta.Learner;
import org.perk4j.model.Adaptation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * How far the adapted model is from its base on an unrelated text: an estimate of the Kullback-Leibler divergence
 * {@code KL(base ‖ adapted)} of the next token, as the mean over the text's positions. At each of them a token y is drawn
 * from the base's distribution p, and {@code log p(y) - log q(y)} is an unbiased estimate. Its gradient needs only
 * {@code -log q(y)}, the ordinary loss of y. There is no dropout.
 */
final class RetentionLoss {

    private static final int ROWS_OF_LOGITS = 64;

    private final AdaptedModel model;
    private final RetainedText text;
    private final MicroBatch batch;
    private final int[] drawn;
    private double entropy;

    /** @param key decides the draws */
    RetentionLoss(AdaptedModel model, RetainedText text, long key) {
        this.model = model;
        this.text = text;
        this.batch = MicroBatch.split(model.learner().compute(), List.of(new EncodedText(text.tokens(), 1)),
                text.tokens().length).get(0);
        this.drawn = new int[batch.rows()];
        Arrays.fill(drawn, -1);
        draw(new SplittableRandom(key));
    }

    /** Draws a token for each of the text's positions. The mean of their {@code -log p(y)} is the entropy's estimate. */
    private void draw(SplittableRandom random) {
        Learner learner = model.learner();
        Compute compute = learner.compute();
        int length = text.tokens().length;
        compute.submit();
        try (Scope scope = compute.scope()) {
            Tensor hidden = learner.model().hidden(compute, learner.weights(), batch.tokens(), Adaptation.NONE);
            for (int start = 0; start < length; start += ROWS_OF_LOGITS) {
                int end = Math.min(length, start + ROWS_OF_LOGITS);
                try (Scope some = compute.scope()) {
                    Tensor rows = compute.gatherRows(hidden, IntStream.range(start, end).toArray());
                    Tensor logits = learner.model().logits(compute, learner.weights(), rows);
                    double[] elements = compute.download(logits);
                    for (int row = start; row < end; row++) {
                        draw(row, elements, (row - start) * logits.columns(), logits.columns(), random.nextDouble());
                    }
                }
            }
        }
        compute.submit();
    }

    private void draw(int row, double[] logits, int from, int count, double fraction) {
        double largest = Arrays.stream(logits, from, from + count).max().orElseThrow();
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp(logits[i] - largest);
        }
        int token = -1;
        for (double left = fraction * sum; left >= 0 && token < count - 1;) {
            token++;
            left -= Math.exp(logits[from + token] - largest);
        }
        drawn[row] = token;
        entropy += (Math.log(sum) + largest - logits[from + token]) / text.tokens().length;
    }

    /** @return the weighted loss of the drawn tokens, {@code -log q(y)}: the divergence, but for a constant */
    Tensor of(Ops ops, Tensor theta, Tensor w) {
        AdaptedModel.Read read = model.read(ops, batch, theta, w, Dropout.NONE);
        Tensor losses = model.learner().model().tokenLoss(ops, read.weights(), read.hidden(), drawn);
        // By a tensor, so that texts of other lengths are the same work
        return ops.multiplyScalar(ops.sumRows(losses),
                ops.constant(Shape.SCALAR, text.weight() / text.tokens().length));
    }

    /** @return the divergence, with the gradients of the answers' loss and of the weighted divergence added up */
    Answered added(Answered answered, Tensor theta, Tensor w) {
        Compute compute = model.learner().compute();
        try (Scope scope = compute.scope()) {
            Pullback pullback = model.learner().autodiff().gradient(compute,
                    (ops, x) -> List.of(of(ops, x.get(0), x.size() > 1 ? x.get(1) : w)),
                    model.roles().answersReadAround() ? List.of(theta, w) : List.of(theta));
            compute.accumulate(answered.moved(), 1, pullback.gradients().get(0));
            if (pullback.gradients().size() > 1) {
                compute.accumulate(answered.around(), 1, pullback.gradients().get(1));
            }
            compute.submit();
            double loss = compute.download(pullback.values().get(0))[0] / text.weight();
            return new Answered(answered.loss(), answered.accuracy(), loss - entropy, answered.moved(), answered.around());
        }
    }
}
