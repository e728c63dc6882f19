package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** To every operation, a packed matrix is the one that holds its widened elements. */
abstract class PackedContract {

    abstract Backend backend();

    /**
     * The upper halves of floats.
     *
     * @param stored row by row, or column by column if transposed
     */
    record Halves(Shape shape, boolean transposed, short[] stored) implements PackedMatrix {

        static Halves of(Shape shape, boolean transposed, double[] elements) {
            short[] narrow = Bfloat16Contract.narrow(elements);
            short[] stored = narrow.clone();
            for (int i = 0; transposed && i < stored.length; i++) {
                stored[i % shape.columns() * shape.rows() + i / shape.columns()] = narrow[i];
            }
            return new Halves(shape, transposed, stored);
        }

        @Override
        public long bytes() {
            return 2L * stored.length;
        }

        @Override
        public void widen(int row, int first, int count, float[] target, int at) {
            int columns = transposed ? shape.rows() : shape.columns();
            assertTrue(first >= 0 && count >= 0 && first + count <= columns, first + " + " + count);
            for (int i = 0; i < count; i++) {
                target[at + i] = Float.intBitsToFloat(stored[row * columns + first + i] << 16);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void elementsAreTheWidenedOnes(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            for (Shape shape : new Shape[] {new Shape(1, 2), new Shape(301, 203)}) {
                double[] elements = Bfloat16Contract.widened(Bfloat16Contract.narrow(
                        compute.download(TransferContract.values(compute, shape.rows(), shape.columns(), 0.3))));
                int last = shape.rows() - 1;
                Tensor floats = compute.constant(shape, elements);
                for (boolean transposed : new boolean[] {false, true}) {
                    Tensor tensor = compute.uploadPacked(Halves.of(shape, transposed, elements));
                    assertEquals(shape, tensor.shape());
                    assertFalse(tensor.hasTangent());
                    assertArrayEquals(elements, compute.download(tensor));
                    assertArrayEquals(elements, compute.download(compute.primal(tensor)));
                    assertArrayEquals(compute.download(compute.gatherRows(floats, last, -1, 0)),
                            compute.download(compute.gatherRows(tensor, last, -1, 0)));
                }
            }
        }
    }

    /**
     * Sums may be taken in another order. Nothing is left behind. Matrices are stored in either orientation in turn; in
     * double precision, which differs by its rounding alone, nothing has a tangent: emulated devices take long for each.
     */
    @ParameterizedTest
    @MethodSource({"org.perk4j.tck.OperationTable#all", "org.perk4j.tck.OperationTable#withLargeFactors"})
    void operationsTakeThemForTheFloats(Operation operation) {
        double[][] at = Arrays.stream(operation.point())
                .map(values -> Bfloat16Contract.widened(Bfloat16Contract.narrow(values))).toArray(double[][]::new);
        for (DType dtype : DType.values()) {
            boolean isDouble = dtype == DType.FLOAT64;
            double[][][] directions = Bfloat16Contract.directions(operation);
            try (Compute compute = backend().open(dtype)) {
                for (int d = 0; d < (isDouble ? 1 : directions.length); d++) {
                    Outcome expected = operation.evaluate(compute, at, directions[d]);
                    try (Scope scope = compute.scope()) {
                        Tensor[] arguments = operation.tensors(compute, at, directions[d]);
                        for (int i = 0; i < arguments.length; i++) {
                            if (directions[d][i] == null) {
                                boolean transposed = isDouble != (d % 2 == 1);
                                arguments[i] = compute.uploadPacked(Halves.of(arguments[i].shape(), transposed, at[i]));
                            }
                        }
                        assertTakenFor(expected, operation, compute, arguments);
                    }
                }
            }
        }
    }

    private static void assertTakenFor(Outcome expected, Operation operation, Compute compute, Tensor[] arguments) {
        long before = compute.memory().liveBytes();
        Tensor[] results = operation.evaluation().apply(compute, arguments);
        try (Scope copies = compute.scope()) {
            DType dtype = compute.dtype();
            PrecisionContract.assertClose(expected, Outcome.of(compute, results),
                    Rounding.ofSums(operation.terms(), dtype, dtype), dtype);
        }
        Arrays.stream(results).forEach(compute::free);
        assertEquals(before, compute.memory().liveBytes());
    }

    /** The tangent alone of a product with a frozen weight, as the second pass through inner steps needs it. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void productsThatAreKnownGetTheirTangents(DType dtype) {
        Shape shape = new Shape(301, 203);
        try (Compute compute = backend().open(dtype)) {
            double[] elements = Bfloat16Contract.widened(Bfloat16Contract.narrow(
                    compute.download(TransferContract.values(compute, shape.rows(), shape.columns(), 0.3))));
            Tensor floats = compute.constant(shape, elements);
            for (int rows : new int[] {1, 5, 40}) {
                for (int layout = 0; layout < 4; layout++) {
                    boolean transposed = layout % 2 == 1;
                    int inner = transposed ? shape.columns() : shape.rows();
                    Tensor packed = compute.uploadPacked(Halves.of(shape, layout / 2 == 1, elements));
                    Tensor x = compute.dual(TransferContract.values(compute, rows, inner, 0.7),
                            TransferContract.values(compute, rows, inner, 0.4));
                    Tensor value = compute.matmul(x, false, floats, transposed);
                    Tensor known = compute.knownProduct(compute.primal(value), x, packed, transposed);
                    assertArrayEquals(compute.download(value), compute.download(known));
                    Difference.assertClose(compute.download(compute.tangent(value)),
                            compute.download(compute.tangent(known)), Rounding.ofSums(inner, dtype, dtype));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void theyTakeNoMoreMemoryThanFloatsAndGiveItBack(DType dtype) {
        Shape shape = new Shape(512, 256);
        PackedMatrix matrix = new Halves(shape, false, new short[(int) shape.size()]);
        try (Compute compute = backend().open(dtype)) {
            Tensor tensor = compute.uploadPacked(matrix);
            long held = compute.memory().liveBytes();
            assertTrue(held >= matrix.bytes() && held <= shape.size() * dtype.bytes(), held + " bytes");
            compute.free(tensor);
            assertEquals(0, compute.memory().liveBytes());
            try (Scope outer = compute.scope()) {
                try (Scope scope = compute.scope()) {
                    tensor = scope.keep(compute.uploadPacked(matrix));
                }
                assertEquals(held, compute.memory().liveBytes());
            }
            assertEquals(0, compute.memory().liveBytes());
        }
    }
}
