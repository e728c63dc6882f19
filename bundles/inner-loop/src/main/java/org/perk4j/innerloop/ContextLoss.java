package org.perk4j.innerloop;

import java.util.List;
import java.util.function.Function;
import org.perk4j.adapter.Dropout;
import org.perk4j.data.EncodedText;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * L(θ; w): the token-weighted language-model loss of a context, and the adapter's penalty. It is a sum over segments, so
 * that its derivatives are sums over micro-batches; the penalty is added to the first.
 */
final class ContextLoss {

    private final AdaptedModel model;
    private final TokenWeighting weighting;
    private final List<MicroBatch> batches;
    private final double divisor;
    private final int scored;
    private final Function<MicroBatch, Dropout> dropout;

    /** @param weighting null for equal weights */
    ContextLoss(AdaptedModel model, TokenWeighting weighting, LoopOptions options, List<EncodedText> segments,
                Function<MicroBatch, Dropout> dropout) {
        this.model = model;
        this.weighting = weighting;
        this.batches = MicroBatch.split(model.learner().compute(), segments, options.microBatchTokens());
        this.divisor = options.mean().divisor(segments);
        this.scored = Math.max(1, segments.stream().mapToInt(EncodedText::scored).sum());
        this.dropout = dropout;
    }

    List<MicroBatch> batches() {
        return batches;
    }

    /** @return the number of the context's tokens that are predicted */
    int scored() {
        return scored;
    }

    /** @return the part of L that comes from {@code batch} */
    Tensor of(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        return withPlain(ops, batch, theta, w, false).get(0);
    }

    /** @return {@link #of}, and the unweighted sum of the losses of the batch's tokens */
    List<Tensor> withPlain(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        return withPlain(ops, batch, theta, w, true);
    }

    private List<Tensor> withPlain(Ops ops, MicroBatch batch, Tensor theta, Tensor w, boolean plain) {
        AdaptedModel.Read read = model.read(ops, batch, theta, w, dropout.apply(batch));
        Tensor losses = model.learner().model().tokenLoss(ops, read.weights(), read.hidden(), batch.targets());
        if (weighting == null) {
            Tensor sum = ops.sumRows(losses);
            return List.of(penalized(ops, batch, theta, w, divided(ops, sum)), sum);
        }
        Tensor weights = weighting.weights(ops, model.roles().weighting(ops, w), read.hidden(), batch);
        Tensor weighted = penalized(ops, batch, theta, w, divided(ops, ops.dot(losses, weights)));
        return plain ? List.of(weighted, ops.sumRows(losses)) : List.of(weighted);
    }

    /** By a tensor, so that contexts of other lengths are the same work. */
    private Tensor divided(Ops ops, Tensor sum) {
        return ops.multiplyScalar(sum, ops.constant(Shape.SCALAR, 1 / divisor));
    }

    private Tensor penalized(Ops ops, MicroBatch batch, Tensor theta, Tensor w, Tensor loss) {
        return batch.first() > 0 ? loss : model.penalty(ops, theta, w).map(term -> ops.add(loss, term)).orElse(loss);
    }
}
