package org.perk4j.objective.perk;

import java.util.List;
import java.util.function.Function;
import org.perk4j.adapter.Dropout;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Learner;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * L(θ; w): the token-weighted language-model loss of a context, θ the adapter's parameters and w the weighting net's. It
 * is a sum over segments, so that its derivatives are sums over micro-batches.
 */
final class ContextLoss {

    private final Learner learner;
    private final TokenWeighting weighting;
    private final List<MicroBatch> batches;
    private final double divisor;
    private final int scored;
    private final Function<MicroBatch, Dropout> dropout;

    /** @param weighting null for equal weights */
    ContextLoss(Learner learner, TokenWeighting weighting, PerkOptions options, List<EncodedText> segments,
                Function<MicroBatch, Dropout> dropout) {
        this.learner = learner;
        this.weighting = weighting;
        this.batches = MicroBatch.split(segments, options.microBatchTokens());
        this.divisor = switch (options.mean()) {
            case TOKENS -> Math.max(1, segments.stream().mapToInt(s -> s.tokens().length - 1).sum());
            case SEGMENTS -> segments.size();
            case ROOT_SEGMENTS -> Math.sqrt(segments.size());
            case NONE -> 1;
        };
        this.scored = Math.max(1, segments.stream().mapToInt(EncodedText::scored).sum());
        this.dropout = dropout;
    }

    List<MicroBatch> batches() {
        return batches;
    }

    /** @return how many tokens of the context are predicted */
    int scored() {
        return scored;
    }

    /** @return the part of L that comes from {@code batch} */
    Tensor of(Ops ops, MicroBatch batch, Parameters adapter, Parameters weightingValues) {
        Tensor hidden = hidden(ops, batch, adapter);
        return weighted(ops, batch, hidden, losses(ops, batch, hidden), weightingValues);
    }

    /** @return {@link #of}, and the sum of what the batch's tokens lose, each counting alike */
    List<Tensor> withPlain(Ops ops, MicroBatch batch, Parameters adapter, Parameters weightingValues) {
        Tensor hidden = hidden(ops, batch, adapter);
        Tensor losses = losses(ops, batch, hidden);
        return List.of(weighted(ops, batch, hidden, losses, weightingValues), ops.sumRows(losses));
    }

    private Tensor hidden(Ops ops, MicroBatch batch, Parameters adapter) {
        return learner.model().hidden(ops, learner.weights(), batch.tokens(),
                learner.adapter().with(adapter, dropout.apply(batch)));
    }

    private Tensor losses(Ops ops, MicroBatch batch, Tensor hidden) {
        return learner.model().tokenLoss(ops, learner.weights(), hidden, batch.targets());
    }

    private Tensor weighted(Ops ops, MicroBatch batch, Tensor hidden, Tensor losses, Parameters weightingValues) {
        Tensor weights = weighting == null
                ? ops.fill(new Shape(hidden.rows(), 1), 1)
                : weighting.weights(ops, weightingValues, hidden, batch);
        return ops.scale(ops.dot(losses, weights), 1 / divisor);
    }
}
