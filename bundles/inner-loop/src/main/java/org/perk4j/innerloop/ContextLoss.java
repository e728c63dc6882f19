package org.perk4j.innerloop;

import java.util.List;
import java.util.function.Function;
import org.perk4j.adapter.Dropout;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Learner;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * L(θ; w): the token-weighted language-model loss of a context. It is a sum over segments, so that its derivatives are sums
 * over micro-batches.
 */
final class ContextLoss {

    private final Learner learner;
    private final Roles roles;
    private final Parameters constants;
    private final TokenWeighting weighting;
    private final List<MicroBatch> batches;
    private final double divisor;
    private final int scored;
    private final Function<MicroBatch, Dropout> dropout;

    /** @param weighting null for equal weights */
    ContextLoss(Learner learner, Roles roles, Parameters constants, TokenWeighting weighting, LoopOptions options,
                List<EncodedText> segments, Function<MicroBatch, Dropout> dropout) {
        this.learner = learner;
        this.roles = roles;
        this.constants = constants;
        this.weighting = weighting;
        this.batches = MicroBatch.split(segments, options.microBatchTokens());
        this.divisor = options.mean().divisor(segments);
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
    Tensor of(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        Tensor hidden = hidden(ops, batch, theta, w);
        return weighted(ops, batch, hidden, losses(ops, batch, hidden), w);
    }

    /** @return {@link #of}, and the sum of what the batch's tokens lose, each counting alike */
    List<Tensor> withPlain(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        Tensor hidden = hidden(ops, batch, theta, w);
        Tensor losses = losses(ops, batch, hidden);
        return List.of(weighted(ops, batch, hidden, losses, w), ops.sumRows(losses));
    }

    private Tensor hidden(Ops ops, MicroBatch batch, Tensor theta, Tensor w) {
        return learner.model().hidden(ops, learner.weights(), batch.tokens(),
                learner.adapter().with(roles.adapter(ops, theta, w, constants), dropout.apply(batch)));
    }

    private Tensor losses(Ops ops, MicroBatch batch, Tensor hidden) {
        return learner.model().tokenLoss(ops, learner.weights(), hidden, batch.targets());
    }

    private Tensor weighted(Ops ops, MicroBatch batch, Tensor hidden, Tensor losses, Tensor w) {
        if (weighting == null) {
            return ops.scale(ops.sumRows(losses), 1 / divisor);
        }
        return ops.scale(ops.dot(losses, weighting.weights(ops, roles.weighting(ops, w), hidden, batch)), 1 / divisor);
    }
}
