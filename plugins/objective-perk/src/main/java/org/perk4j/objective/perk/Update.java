package org.perk4j.objective.perk;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * How a parameter moves: against the optimizer's direction, as far as the learned rate says, but no further than a bound: a
 * change Δ becomes {@code Δ/√(1 + (rms(Δ)/bound)²)}, where rms is the root mean square of its elements. Short steps hardly
 * change, long ones keep their direction, and the rule is smooth, so that it can be differentiated through. The optimizer's
 * state stays what it would be without it.
 *
 * @param optimizer gives the direction
 * @param bound     0 for none
 */
record Update(InnerOptimizer optimizer, double bound) {

    /** The next parameter and state. */
    record Step(Tensor parameter, List<Tensor> state) {
    }

    List<Shape> state(ParameterSpec parameter) {
        return optimizer.state(List.of(parameter));
    }

    /** @param rate {@code 1×1}, of either sign */
    Step step(Ops ops, int step, ParameterSpec spec, Tensor parameter, Tensor gradient, List<Tensor> state, Tensor rate) {
        InnerOptimizer.Directions found = optimizer.directions(ops, step, List.of(spec), List.of(parameter),
                List.of(gradient), state);
        Tensor change = ops.multiplyScalar(found.directions().get(0), rate);
        return new Step(ops.combine(1, parameter, -1, bound == 0 ? change : bounded(ops, change)), found.state());
    }

    private Tensor bounded(Ops ops, Tensor change) {
        Tensor excess = ops.affine(ops.dot(change, change), 1 / (bound * bound * change.shape().size()), 1);
        return ops.multiplyScalar(change, ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, excess)));
    }
}
