package org.perk4j.optimizer.lion;

import java.util.List;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * With gradient g, momentum m and parameter p:
 * <pre>
 * direction = sign(β₁·m + (1−β₁)·g) + weightDecay·p
 * m ← β₂·m + (1−β₂)·g
 * </pre>
 * The derivative of the sign is zero, so nothing is learned through the gradients of the inner steps, neither initial values
 * nor token weighting. What remains is the gradient that treats the steps as constants, and that of the learning rates.
 */
record LionRule(LionOptions options) implements ElementwiseOptimizer {

    @Override
    public int slots() {
        return 1;
    }

    @Override
    public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
        Tensor momentum = state.get(0);
        Tensor sign = ops.map(Activation.SIGN, ops.combine(options.beta1(), momentum, 1 - options.beta1(), gradient));
        Tensor direction = options.weightDecay() == 0 ? sign : ops.combine(1, sign, options.weightDecay(), parameter);
        return new Direction(direction, List.of(ops.combine(options.beta2(), momentum, 1 - options.beta2(), gradient)));
    }
}
