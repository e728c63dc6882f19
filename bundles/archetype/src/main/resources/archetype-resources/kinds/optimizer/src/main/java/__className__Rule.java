package ${package};

import java.util.List;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Momentum: the direction is what is left of the last one, and the gradient. The objective multiplies it with its learning
 * rates. Compute in the {@code ops} that are handed over, in nothing else: while the rule is differentiated, they are a
 * tape.
 */
record ${className}Rule(double momentum) implements ElementwiseOptimizer {

    @Override
    public int slots() {
        return 1; // the last direction: of the parameter's shape, and zero before the first step
    }

    @Override
    public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
        Tensor direction = ops.combine(momentum, state.get(0), 1, gradient);
        return new Direction(direction, List.of(direction));
    }
}
