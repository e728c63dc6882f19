package org.perk4j.innerloop;

import java.util.Optional;
import org.perk4j.adapter.Dropout;
import org.perk4j.meta.Learner;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * The base model with the adapter at (θ, w), given as two rows.
 *
 * @param constants the adapter's values that are not learned
 */
record AdaptedModel(Learner learner, Roles roles, Parameters constants) {

    /**
     * The result of reading texts.
     *
     * @param weights the weights of the adapted model
     * @param hidden  the final hidden states, a row per token
     */
    record Read(Parameters weights, Tensor hidden) {
    }

    Read read(Ops ops, MicroBatch batch, Tensor theta, Tensor w, Dropout dropout) {
        return read(learner, ops, batch, roles.adapter(ops, theta, w, constants), dropout);
    }

    /** @param adapter the adapter's values */
    static Read read(Learner learner, Ops ops, MicroBatch batch, Parameters adapter, Dropout dropout) {
        Adaptation adaptation = learner.adapter().with(adapter, dropout);
        Parameters weights = adaptation.weights(learner.weights());
        return new Read(weights, learner.model().hidden(ops, weights, batch.tokens(), adaptation));
    }

    /** @return the adapter's penalty on the loss, {@code 1×1}; empty for none */
    Optional<Tensor> penalty(Ops ops, Tensor theta, Tensor w) {
        return learner.adapter().penalty(ops, roles.adapter(ops, theta, w, constants));
    }

    /** @return the weights of the adapted model */
    Parameters weights(Tensor theta, Tensor w) {
        return learner.adapter().with(roles.adapter(learner.compute(), theta, w, constants), Dropout.NONE)
                .weights(learner.weights());
    }
}
