package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Tensor;

/**
 * Whether the derivatives of a scalar function are right, in float64: those by reverse mode, those that tangents carry
 * forwards, and both together, the second ones. Differences are those of five points, whose error is {@code STEP⁴/30} fifth
 * derivatives, and by rounding some {@code 1e-16/STEP} of the function.
 *
 * @param names of the variables, for messages
 * @param at    the point
 * @param along a direction, with a part for each variable
 */
record DerivativeCheck(Compute compute, Autodiff autodiff, VectorFunction function, List<String> names, List<Tensor> at,
                       List<Tensor> along) {

    private static final double STEP = 1e-4;

    /** Relative to a derivative; where that is below a thousandth of the largest, to such a thousandth. */
    private static final double TOLERANCE = 1e-6;
    private static final double SMALLEST = 1e-3;

    /** The same numbers, rounded in another order. */
    private static final double ROUNDING = 1e-11;

    private List<Tensor> gradients(List<Tensor> point) {
        return autodiff.gradient(compute, function, point).gradients();
    }

    private double value(List<Tensor> point) {
        return compute.download(function.apply(compute, point).get(0))[0];
    }

    /** By each variable, along its part of the direction. */
    void gradientsAreSlopes() {
        List<Tensor> gradients = gradients(at);
        double[] found = IntStream.range(0, at.size())
                .mapToDouble(i -> compute.download(compute.dot(gradients.get(i), along.get(i)))[0]).toArray();
        double[] slopes = IntStream.range(0, at.size())
                .mapToDouble(i -> difference(variable -> variable == i, point -> new double[] {value(point)})[0]).toArray();
        double floor = SMALLEST * largest(slopes);
        for (int i = 0; i < at.size(); i++) {
            assertEquals(slopes[i], found[i], TOLERANCE * Math.max(floor, Math.abs(slopes[i])), names.get(i));
        }
    }

    /** Of all variables together. */
    void tangentsAreSlopes() {
        double slope = difference(variable -> true, point -> new double[] {value(point)})[0];
        Tensor result = function.apply(compute, duals()).get(0);
        assertEquals(slope, compute.download(compute.tangent(result))[0], TOLERANCE * Math.max(SMALLEST, Math.abs(slope)));
    }

    /** Reverse mode at duals: the tangents of gradients. */
    void tangentsOfGradientsAreSlopes() {
        double[] slopes = difference(variable -> true, point -> joined(gradients(point)));
        assertEachClose(slopes, joined(forwardOverReverse()), TOLERANCE);
    }

    void forwardOverReverseIsReverseOverReverse() {
        List<Tensor> reverse = autodiff.gradient(compute, (ops, variables) -> {
            List<Tensor> gradients = autodiff.gradient(ops, function, variables).gradients();
            return List.of(IntStream.range(0, gradients.size()).mapToObj(i -> ops.dot(gradients.get(i), along.get(i)))
                    .reduce(ops::add).orElseThrow());
        }, at).gradients();
        assertEachClose(joined(reverse), joined(forwardOverReverse()), ROUNDING);
    }

    /** At points where a rule may divide by zero. */
    void areFinite() {
        assertTrue(Arrays.stream(joined(gradients(at))).allMatch(Double::isFinite), "gradients");
        Tensor result = function.apply(compute, duals()).get(0);
        assertTrue(Double.isFinite(compute.download(compute.tangent(result))[0]), "tangent");
        assertTrue(Arrays.stream(joined(forwardOverReverse())).allMatch(Double::isFinite), "tangents of gradients");
    }

    private List<Tensor> duals() {
        return IntStream.range(0, at.size()).mapToObj(i -> compute.dual(at.get(i), along.get(i))).toList();
    }

    private List<Tensor> forwardOverReverse() {
        return gradients(duals()).stream().map(compute::tangent).toList();
    }

    private double[] joined(List<Tensor> tensors) {
        return tensors.stream().flatMapToDouble(tensor -> Arrays.stream(compute.download(tensor))).toArray();
    }

    /** @param moved which variables move along the direction */
    private double[] difference(IntPredicate moved, Function<List<Tensor>, double[]> f) {
        double[][] values = new double[5][];
        for (int k = -2; k <= 2; k++) {
            List<Tensor> point = new ArrayList<>(at);
            for (int i = 0; i < at.size(); i++) {
                if (moved.test(i)) {
                    point.set(i, compute.combine(1, at.get(i), k * STEP, along.get(i)));
                }
            }
            values[k + 2] = k == 0 ? null : f.apply(point);
        }
        return IntStream.range(0, values[0].length).mapToDouble(j -> (8 * (values[3][j] - values[1][j])
                - (values[4][j] - values[0][j])) / (12 * STEP)).toArray();
    }

    /** Variable by variable: the largest difference beside the variable's largest derivative. */
    private void assertEachClose(double[] expected, double[] found, double tolerance) {
        double floor = SMALLEST * largest(expected);
        int from = 0;
        for (int i = 0; i < at.size(); i++) {
            int to = from + Math.toIntExact(at.get(i).shape().size());
            double[] here = Arrays.copyOfRange(expected, from, to);
            double allowed = tolerance * Math.max(floor, largest(here));
            for (int j = from; j < to; j++) {
                assertEquals(expected[j], found[j], allowed, names.get(i) + ", element " + (j - from));
            }
            from = to;
        }
    }

    private static double largest(double[] numbers) {
        return DoubleStream.of(numbers).map(Math::abs).max().orElse(0);
    }
}
