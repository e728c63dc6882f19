package org.perk4j.optimizer.adafactor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * In step t, with gradient g of an m×n matrix p, w = t^decay, the mean squares r of rows (m×1) and c of columns (1×n):
 * <pre>
 * r ← (1−w)·r + w·Σ_j g²/n     c ← (1−w)·c + w·Σ_i g²/m     v = r·c / mean(r)
 * u = g/√v, scaled down to rms(u) ≤ clip
 * direction = max(smallestScale, rms(p))·u + weightDecay·p
 * </pre>
 * For a row or column, v is the mean square of each element instead of r and c. v is at least ε², and mean(r) at least ε.
 * Where this limit applies to v, no derivative goes through v, and the derivative with respect to g is 1/ε: what AdamW's
 * documentation says about zeros holds here too.
 */
record AdafactorRule(AdafactorOptions options) implements InnerOptimizer {

    private static boolean factored(Shape shape) {
        return shape.rows() > 1 && shape.columns() > 1;
    }

    @Override
    public List<Shape> state(List<ParameterSpec> parameters) {
        return parameters.stream().map(ParameterSpec::shape).flatMap(shape -> factored(shape)
                ? Stream.of(new Shape(shape.rows(), 1), new Shape(1, shape.columns())) : Stream.of(shape)).toList();
    }

    @Override
    public Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters,
                                 List<Tensor> gradients, List<Tensor> state) {
        List<Tensor> directions = new ArrayList<>();
        List<Tensor> next = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Tensor gradient = gradients.get(i);
            Tensor square = ops.multiply(gradient, gradient);
            double share = Math.pow(step, options.decay());
            Tensor moment;
            if (factored(gradient.shape())) {
                Tensor rows = mixed(ops, state.get(next.size()), share, ops.rowDots(gradient, gradient), gradient.columns());
                Tensor columns = mixed(ops, state.get(next.size() + 1), share, ops.sumRows(square), gradient.rows());
                Tensor mean = ops.scale(ops.sumRows(rows), 1.0 / gradient.rows());
                moment = ops.multiplyScalar(ops.matmul(rows, columns),
                        ops.map(Activation.RECIPROCAL, atLeast(ops, mean, options.epsilon())));
                next.addAll(List.of(rows, columns));
            } else {
                moment = mixed(ops, state.get(next.size()), share, square, 1);
                next.add(moment);
            }
            directions.add(direction(ops, parameters.get(i), gradient, moment));
        }
        return new Directions(directions, next);
    }

    private static Tensor mixed(Ops ops, Tensor old, double share, Tensor sum, int count) {
        return ops.combine(1 - share, old, share / count, sum);
    }

    private Tensor direction(Ops ops, Tensor parameter, Tensor gradient, Tensor moment) {
        double epsilon = options.epsilon();
        Tensor root = ops.map(Activation.SQRT, atLeast(ops, moment, epsilon * epsilon));
        Tensor free = ops.multiply(gradient, ops.map(Activation.RECIPROCAL, root));
        Tensor excess = atLeast(ops, ops.scale(rootMeanSquare(ops, free), 1 / options.clip()), 1);
        Tensor scale = atLeast(ops, rootMeanSquare(ops, parameter), options.smallestScale());
        Tensor scaled = ops.multiplyScalar(free, ops.multiply(scale, ops.map(Activation.RECIPROCAL, excess)));
        return options.weightDecay() == 0 ? scaled : ops.combine(1, scaled, options.weightDecay(), parameter);
    }

    private static Tensor rootMeanSquare(Ops ops, Tensor a) {
        return ops.map(Activation.SQRT, ops.scale(ops.dot(a, a), 1.0 / a.shape().size()));
    }

    /** @return {@code max(x, least)}, as {@code least + d·(1 + sign(d))/2} of the difference d */
    private static Tensor atLeast(Ops ops, Tensor x, double least) {
        Tensor difference = ops.affine(x, 1, -least);
        Tensor above = ops.multiply(difference, ops.affine(ops.map(Activation.SIGN, difference), 0.5, 0.5));
        return ops.affine(above, 1, least);
    }
}
