package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Values and tangents agree with the plain-Java reference in double precision, and with themselves on repetition. */
abstract class PrecisionContract {

    /** What may be lost where subnormal arguments count as zero, the largest factor in the table included. */
    private static final double FLUSHED = 1e-32;

    /**
     * What rounding leaves where terms cancel, in units of the last place of these terms. With one key per query a
     * probability is P = exp(s - s) / 1 = 1 whatever the score s, and its tangent P·(s' - s') = 0. But each s' is a sum of
     * products with a rounding error of some units of the last place, and these errors are the same only if both are
     * computed by the same instructions: a compiler that fuses multiplications with additions, as a GPU's does, may fuse
     * others when s' is computed a second time, for the gradient. So 0 comes out as a few roundings of s', and there is no
     * digit of the result that an error could be relative to.
     */
    private static final double ROUNDINGS = 16;

    abstract Backend backend();

    /** How many times what sums may lose differences of large numbers do. */
    private static final double OF_LARGE_NUMBERS = 300;

    /** See {@link Rounding#ofSums}. */
    @ParameterizedTest
    @MethodSource({"org.perk4j.tck.OperationTable#ordinary", "org.perk4j.tck.OperationTable#large"})
    void agreesWithTheReference(Operation operation) {
        compare(operation, 1);
    }

    /** Looser, for differences of large numbers: what matters is that nothing overflows, vanishes or is not a number. */
    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#extreme")
    void staysSoundInExtremes(Operation operation) {
        compare(operation, OF_LARGE_NUMBERS);
    }

    private void compare(Operation operation, double times) {
        double[][] at = operation.point();
        try (Compute reference = new JavaCompute(DType.FLOAT64);
             Compute single = backend().open(DType.FLOAT32);
             Compute twice = backend().open(DType.FLOAT64)) {
            for (double[][] direction : operation.directions()) {
                Outcome expected = operation.evaluate(reference, at, direction);
                double steepness = typical(at) == 0 ? 0 : typical(direction) / typical(at);
                for (Compute compute : List.of(single, twice)) {
                    assertClose(expected, operation.evaluate(compute, at, direction),
                            times * Rounding.ofSums(operation.terms(), compute.dtype(), reference.dtype()), steepness,
                            compute.dtype());
                }
            }
        }
    }

    static void assertClose(Outcome expected, Outcome actual, double tolerance, DType dtype) {
        assertClose(expected, actual, tolerance, 0, dtype);
    }

    /**
     * @param steepness the size of the direction beside that of the point: by it terms of tangents are larger than values
     */
    private static void assertClose(Outcome expected, Outcome actual, double tolerance, double steepness, DType dtype) {
        assertEquals(expected.results(), actual.results(), "results");
        for (int r = 0; r < expected.results(); r++) {
            String which = " of result " + r + " in " + dtype;
            assertClose("value" + which, expected.values()[r], actual.values()[r], tolerance, FLUSHED);
            assertEquals(expected.tangents()[r] != null, actual.tangents()[r] != null, "there is a tangent" + which);
            assertClose("tangent" + which, expected.tangent(r), actual.tangent(r), tolerance,
                    FLUSHED + ROUNDINGS * Rounding.unit(dtype) * steepness * typical(expected.values()[r]));
        }
    }

    private static void assertClose(String what, double[] expected, double[] actual, double tolerance, double lost) {
        double typical = typical(expected);
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            double allowed = tolerance * (Math.abs(expected[i]) + typical) + lost;
            if (!(Math.abs(expected[i] - actual[i]) <= allowed)) {
                assertEquals(expected[i], actual[i], allowed, what + ", element " + i);
            }
        }
    }

    /** The root mean square of all that is there. */
    private static double typical(double[]... numbers) {
        return Math.sqrt(Arrays.stream(numbers).filter(Objects::nonNull).flatMapToDouble(Arrays::stream).map(x -> x * x)
                .average().orElse(0));
    }

    /** Bit for bit: on the same computation with other memory in use, and on another computation. */
    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#all")
    void repeatsItselfAndLeavesArgumentsAlone(Operation operation) {
        for (DType dtype : DType.values()) {
            double[][] at = operation.point();
            double[][] direction = operation.direction(1);
            try (Compute compute = backend().open(dtype); Compute another = backend().open(dtype)) {
                Tensor[] arguments = operation.tensors(compute, at, direction);
                Outcome first = Outcome.of(compute, operation.evaluation().apply(compute, arguments));
                compute.fill(new Shape(7, 131), 1);
                assertSame(first, Outcome.of(compute, operation.evaluation().apply(compute, arguments)));
                assertSame(first, operation.evaluate(another, at, direction));
                assertSame(new Outcome(at, direction), Outcome.of(compute, arguments));
            }
        }
    }

    private static void assertSame(Outcome expected, Outcome actual) {
        for (int r = 0; r < expected.results(); r++) {
            assertArrayEquals(expected.values()[r], actual.values()[r], "value of result " + r);
            assertArrayEquals(expected.tangents()[r], actual.tangents()[r], "tangent of result " + r);
        }
    }

    /** {@link SplittableRandom} is SplitMix64, so its n-th number is what the contract asks of column n. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void dropoutMasksAreTheSameEverywhere(DType dtype) {
        long[] keys = new SplittableRandom(5).longs(37).toArray();
        keys[0] = 0;
        keys[1] = -1;
        int columns = 203;
        double keep = 0.9;
        double kept = dtype == DType.FLOAT32 ? (float) (1 / keep) : 1 / keep;
        double[] expected = IntStream.range(0, keys.length).boxed()
                .flatMapToDouble(i -> new SplittableRandom(keys[i]).longs(columns)
                        .mapToDouble(z -> (z >>> 11) * 0x1p-53 < keep ? kept : 0))
                .toArray();
        try (Compute compute = backend().open(dtype); Scope scope = compute.scope()) {
            Tensor mask = compute.dropoutMask(keys, columns, keep);
            assertArrayEquals(expected, compute.download(mask));
            assertEquals(new Shape(keys.length, columns), mask.shape());
            assertTrue(!mask.hasTangent());
        }
    }
}
