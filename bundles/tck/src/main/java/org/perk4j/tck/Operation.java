package org.perk4j.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A row of the {@link OperationTable}: an operation, at arguments of certain shapes.
 *
 * @param name       unique, and the seed of the arguments
 * @param arguments  their shapes and samples
 * @param evaluation applies the operation
 * @param transpose  its gradient operations, or null
 */
record Operation(String name, List<Argument> arguments, Evaluation evaluation, Transpose transpose) {

    record Argument(Shape shape, Sample sample) {
    }

    @FunctionalInterface
    interface Evaluation {
        Tensor[] apply(Ops ops, Tensor[] arguments);
    }

    /** The transposed Jacobian of an operation with one result, applied to a {@code gradient} of that. */
    @FunctionalInterface
    interface Transpose {
        /** @return one gradient per argument */
        Tensor[] apply(Ops ops, Tensor[] arguments, Tensor gradient);
    }

    /** The same row with the operation's transpose. */
    Operation transposed(Transpose by) {
        return new Operation(name, arguments, evaluation, by);
    }

    /** Random arguments, the same each time. */
    double[][] point() {
        return draw(1, false);
    }

    /** A random direction, one per {@code number}. */
    double[][] direction(int number) {
        return draw(1 + number, true);
    }

    private double[][] draw(int number, boolean direction) {
        SplittableRandom random = new SplittableRandom(31L * name.hashCode() + number);
        return arguments.stream()
                .map(a -> (direction ? directionLike(a.sample) : a.sample).draw(random, a.shape.size()))
                .toArray(double[][]::new);
    }

    private static Sample directionLike(Sample sample) {
        return sample == Sample.SUBNORMAL ? Sample.SUBNORMAL : Sample.ORDINARY;
    }

    /**
     * Directions to take derivatives in: none, of all arguments, of each argument alone; null where an argument has none.
     */
    List<double[][]> directions() {
        List<double[][]> directions = new ArrayList<>();
        directions.add(new double[arguments.size()][]);
        directions.add(direction(1));
        for (int i = 0; arguments.size() > 1 && i < arguments.size(); i++) {
            double[][] alone = new double[arguments.size()][];
            alone[i] = direction(1)[i];
            directions.add(alone);
        }
        return directions;
    }

    /** @param tangents null where an argument carries none */
    Outcome evaluate(Compute compute, double[][] values, double[][] tangents) {
        try (Scope scope = compute.scope()) {
            return Outcome.of(compute, evaluation.apply(compute, tensors(compute, values, tangents)));
        }
    }

    /** The transpose at a point that moves along {@code tangents}, for a constant gradient of the result. */
    Outcome evaluateTranspose(Compute compute, double[][] values, double[][] tangents, double[] gradient) {
        try (Scope scope = compute.scope()) {
            Tensor[] arguments = tensors(compute, values, tangents);
            Shape result = evaluation.apply(compute, arguments)[0].shape();
            return Outcome.of(compute, transpose.apply(compute, arguments, compute.constant(result, gradient)));
        }
    }

    Tensor[] tensors(Compute compute, double[][] values, double[][] tangents) {
        Tensor[] tensors = new Tensor[values.length];
        for (int i = 0; i < values.length; i++) {
            Shape shape = arguments.get(i).shape;
            tensors[i] = compute.constant(shape, values[i]);
            if (tangents[i] != null) {
                tensors[i] = compute.dual(tensors[i], compute.constant(shape, tangents[i]));
            }
        }
        return tensors;
    }

    /** @return the most terms of a sum in it, as far as shapes tell: the longest side of an argument */
    int terms() {
        return arguments.stream().mapToInt(a -> Math.max(a.shape.rows(), a.shape.columns())).max().orElse(1);
    }

    static boolean any(double[][] tangents) {
        return Arrays.stream(tangents).anyMatch(t -> t != null);
    }

    @Override
    public String toString() {
        return name;
    }
}
