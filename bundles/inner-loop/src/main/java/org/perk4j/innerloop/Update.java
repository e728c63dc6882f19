package org.perk4j.innerloop;

import java.util.Arrays;
import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.InnerOptimizer.Directions;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * U: the update of the parameters, which form one row: minus the optimizer's direction, times the rates, times each
 * parameter's own rate factor, limited by a bound. With a bound, a parameter's change Δ becomes
 * {@code Δ/√(1 + (rms(Δ)/bound)²)}, where rms is the root mean square of its elements: short steps hardly change, long ones
 * keep their direction, and the rule is smooth, hence differentiable. The bound doesn't affect the optimizer's state.
 *
 * @param optimizer gives the direction
 * @param moved     the parameters in the row
 * @param rates     their learning rates
 * @param bound     0 for none
 */
record Update(InnerOptimizer optimizer, Layout moved, Rates rates, double bound) {

    /** The next row and state. */
    record Step(Tensor row, List<Tensor> state) {
    }

    List<Shape> state() {
        return optimizer.state(handed());
    }

    /** The parameters as the optimizer sees them: one row if it is elementwise. */
    private List<ParameterSpec> handed() {
        return optimizer.elementwise() ? List.of(moved.asOne()) : moved.specs();
    }

    /**
     * @param step the number of the step, from 1
     * @param rate the result of {@link Rates#at} for this step
     */
    Step step(Ops ops, int step, Tensor row, Tensor gradient, List<Tensor> state, Tensor rate) {
        List<Tensor> parameters = parts(ops, row);
        Directions found = optimizer.directions(ops, step, handed(), parameters, parts(ops, gradient), state);
        Tensor direction = optimizer.elementwise() ? found.directions().get(0)
                : ops.join(found.directions().toArray(Tensor[]::new));
        Tensor change = factored(ops, rates.apply(ops, rate, direction));
        return new Step(ops.combine(1, row, -1, bound == 0 ? change : bounded(ops, change)), found.state());
    }

    private Tensor factored(Ops ops, Tensor change) {
        double[] factors = moved.specs().stream().mapToDouble(ParameterSpec::rateFactor).toArray();
        return Arrays.stream(factors).allMatch(factor -> factor == 1) ? change
                : moved.scale(ops, change, ops.constant(new Shape(factors.length, 1), factors));
    }

    private List<Tensor> parts(Ops ops, Tensor row) {
        return optimizer.elementwise() ? List.of(row) : moved.split(ops, row).tensors();
    }

    private Tensor bounded(Ops ops, Tensor change) {
        double[] inverse = Arrays.stream(moved.sizes()).mapToDouble(size -> 1 / (bound * bound * size)).toArray();
        Tensor squares = ops.multiply(moved.dots(ops, change, change), ops.constant(new Shape(inverse.length, 1), inverse));
        return moved.scale(ops, change,
                ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, ops.affine(squares, 1, 1))));
    }
}
