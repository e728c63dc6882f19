package org.perk4j.objective.perk;

import java.util.List;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Another optimizer's steps, none longer than a bound: a change Δ of a tensor becomes {@code Δ/√(1 + (rms(Δ)/bound)²)}, where
 * rms is the root mean square of its elements. Short steps hardly change, long ones keep their direction, and the rule is
 * smooth, so that it can be differentiated through. The optimizer's state stays what it would be without it.
 */
record BoundedSteps(InnerOptimizer optimizer, double bound) implements InnerOptimizer {

    /** @param bound 0 for none */
    static InnerOptimizer of(InnerOptimizer optimizer, double bound) {
        return bound == 0 ? optimizer : new BoundedSteps(optimizer, bound);
    }

    @Override
    public int slots() {
        return optimizer.slots();
    }

    @Override
    public Step step(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state, Tensor learningRate) {
        Step free = optimizer.step(ops, step, parameter, gradient, state, learningRate);
        Tensor change = ops.combine(1, free.parameter(), -1, parameter);
        Tensor excess = ops.affine(ops.dot(change, change), 1 / (bound * bound * parameter.shape().size()), 1);
        Tensor factor = ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, excess));
        return new Step(ops.add(parameter, ops.multiplyScalar(change, factor)), free.state());
    }
}
