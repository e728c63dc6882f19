package org.perk4j.optimizer.muon;

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
 * With gradient g, momentum m and parameter p, a matrix:
 * <pre>
 * m ← μ·m + (1−μ)·g           d = m, or with nesterov (1−μ)·g + μ·m
 * X₀ = d/‖d‖                  X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X, {@code iterations} times
 * direction = scale·X + weightDecay·p
 * </pre>
 * For vectors, and for matrices that the options exclude, the direction is AdamW's.
 */
final class MuonRule implements InnerOptimizer {

    private static final double A = 3.4445;
    private static final double B = -4.7750;
    private static final double C = 2.0315;
    private static final double LEAST_NORM = 1e-7;

    /** AdamW's coefficients for these parameters, as in the author's code. */
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-10;

    private final MuonOptions options;

    MuonRule(MuonOptions options) {
        this.options = options;
    }

    private boolean isHiddenMatrix(ParameterSpec spec) {
        return spec.shape().rows() > 1 && spec.shape().columns() > 1
                && options.others().stream().noneMatch(end -> spec.name().equals(end) || spec.name().endsWith("." + end));
    }

    @Override
    public List<Shape> state(List<ParameterSpec> parameters) {
        return parameters.stream().flatMap(spec -> isHiddenMatrix(spec) ? Stream.of(spec.shape())
                : Stream.of(spec.shape(), spec.shape())).toList();
    }

    @Override
    public Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters,
                                 List<Tensor> gradients, List<Tensor> state) {
        List<Tensor> directions = new ArrayList<>();
        List<Tensor> next = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Tensor gradient = gradients.get(i);
            Tensor direction;
            if (isHiddenMatrix(specs.get(i))) {
                double kept = options.momentum();
                Tensor momentum = ops.combine(kept, state.get(next.size()), 1 - kept, gradient);
                next.add(momentum);
                Tensor ahead = options.nesterov() ? ops.combine(1 - kept, gradient, kept, momentum) : momentum;
                direction = ops.scale(orthogonalized(ops, ahead), scale(gradient.shape()));
            } else {
                Tensor mean = ops.combine(BETA1, state.get(next.size()), 1 - BETA1, gradient);
                Tensor square = ops.combine(BETA2, state.get(next.size() + 1), 1 - BETA2, ops.multiply(gradient, gradient));
                next.addAll(List.of(mean, square));
                direction = ops.scale(adaptive(ops, step, mean, square), options.othersScale());
            }
            directions.add(options.weightDecay() == 0 ? direction
                    : ops.combine(1, direction, options.weightDecay(), parameters.get(i)));
        }
        return new Directions(directions, next);
    }

    private double scale(Shape shape) {
        return switch (options.scale()) {
            case ORIGINAL -> Math.sqrt(Math.max(1, (double) shape.rows() / shape.columns()));
            case MATCH_ADAMW -> 0.2 * Math.sqrt(Math.max(shape.rows(), shape.columns()));
        };
    }

    /** Uses the smaller of XXᵀ and XᵀX, since the polynomial can be written with either. */
    private Tensor orthogonalized(Ops ops, Tensor direction) {
        Tensor norm = ops.map(Activation.SQRT, ops.dot(direction, direction));
        Tensor x = ops.multiplyScalar(direction, ops.map(Activation.RECIPROCAL, atLeast(ops, norm, LEAST_NORM)));
        boolean tall = x.rows() > x.columns();
        for (int i = 0; i < options.iterations(); i++) {
            Tensor gram = tall ? ops.matmul(x, true, x, false) : ops.matmul(x, false, x, true);
            Tensor polynomial = ops.combine(B, gram, C, ops.matmul(gram, gram));
            x = ops.combine(A, x, 1, tall ? ops.matmul(x, polynomial) : ops.matmul(polynomial, x));
        }
        return x;
    }

    /** @return {@code max(x, least)}, as {@code least + d·(1 + sign(d))/2} of the difference d */
    private static Tensor atLeast(Ops ops, Tensor x, double least) {
        Tensor difference = ops.affine(x, 1, -least);
        Tensor above = ops.multiply(difference, ops.affine(ops.map(Activation.SIGN, difference), 0.5, 0.5));
        return ops.affine(above, 1, least);
    }

    private static Tensor adaptive(Ops ops, int step, Tensor mean, Tensor square) {
        double ofMean = 1 - Math.pow(BETA1, step);
        double ofSquare = 1 - Math.pow(BETA2, step);
        Tensor divisor = ops.affine(ops.map(Activation.SQRT, square), ofMean / Math.sqrt(ofSquare), ofMean * EPSILON);
        return ops.multiply(mean, ops.map(Activation.RECIPROCAL, divisor));
    }
}
