package org.perk4j.optimizer;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * An update rule: a pure function from parameter, gradient and state to the next parameter and state. Being written in
 * {@link Ops}, it is differentiable without further ado. Immutable and thread-safe.
 */
@ConsumerType
public interface InnerOptimizer {

    /** @return the number of state tensors per parameter, each of the parameter's shape and zero before the first step */
    int slots();

    /**
     * @param step         counted from 1
     * @param state        {@link #slots()} tensors
     * @param learningRate {@code 1×1}, learned; may be of either sign
     */
    Step step(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state, Tensor learningRate);

    /**
     * What a step yields.
     *
     * @param parameter the next value
     * @param state     the next state
     */
    record Step(Tensor parameter, List<Tensor> state) {
    }
}
