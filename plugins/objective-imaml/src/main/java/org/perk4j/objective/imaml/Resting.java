package org.perk4j.objective.imaml;

import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Checks that an optimizer's steps converge to a zero gradient, and only there: the smaller the gradient, the shorter they
 * must be. Steps of a fixed length, such as signs or normalized gradients, overshoot the minimum, and weight decay converges
 * elsewhere. The check tries a first step with two gradients, one of which is a millionth of the other.
 */
final class Resting {

    private static final double SMALL = 1e-6;
    private static final double SHORTER = 1e-3;

    private static final Shape SHAPE = new Shape(2, 3);
    private static final ParameterSpec SPEC = new ParameterSpec("any", SHAPE, 0, 1);
    private static final double[] PARAMETER = {1, -2, 0.5, 2, 1, -1};
    private static final double[] GRADIENT = {0.3, 1, -2, 0.7, -0.4, 1.5};

    private Resting() {
    }

    /** @throws IllegalArgumentException if they don't converge there */
    static void require(InnerOptimizer optimizer, Compute compute) {
        if (length(optimizer, compute, 0) > 0) {
            throw new IllegalArgumentException("imaml needs an optimizer whose steps end where the gradient is zero, and "
                    + "this one's don't: set its weightDecay to 0, or use sgd without it");
        }
        if (length(optimizer, compute, SMALL) > SHORTER * length(optimizer, compute, 1)) {
            throw new IllegalArgumentException("imaml needs an optimizer whose steps get shorter with the gradient, so that "
                    + "they converge, and this one's hardly do: use sgd");
        }
    }

    /** @return the norm of the first step's direction, with the gradient times {@code scale} */
    private static double length(InnerOptimizer optimizer, Compute compute, double scale) {
        try (Scope scope = compute.scope()) {
            List<Tensor> state = optimizer.state(List.of(SPEC)).stream().map(shape -> compute.fill(shape, 0)).toList();
            Tensor gradient = compute.scale(compute.constant(SHAPE, GRADIENT), scale);
            Tensor direction = optimizer.directions(compute, 1, List.of(SPEC),
                    List.of(compute.constant(SHAPE, PARAMETER)), List.of(gradient), state).directions().get(0);
            return Math.sqrt(compute.download(compute.dot(direction, direction))[0]);
        }
    }
}
