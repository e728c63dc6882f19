package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** To every operation, a tensor uploaded in bfloat16 is the one that holds the floats. */
abstract class Bfloat16Contract {

    abstract Backend backend();

    static short[] narrow(double[] values) {
        short[] narrow = new short[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (short) (Float.floatToRawIntBits((float) values[i]) >> 16);
        }
        return narrow;
    }

    static double[] widened(short[] narrow) {
        return IntStream.range(0, narrow.length).mapToDouble(i -> Float.intBitsToFloat(narrow[i] << 16)).toArray();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void elementsAreTheUpperHalvesOfFloats(DType dtype) {
        Shape large = new Shape(301, 203);
        short[] elements = new short[(int) large.size() + 2];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (short) (i * 31);
        }
        elements[1] = (short) Float.floatToRawIntBits(0);
        elements[2] = (short) (Float.floatToRawIntBits(-1.5f) >> 16);
        ShortBuffer onHeap = ShortBuffer.wrap(elements);
        ShortBuffer direct = ByteBuffer.allocateDirect(2 * elements.length).order(ByteOrder.nativeOrder()).asShortBuffer()
                .put(onHeap.duplicate());
        ShortBuffer foreign = ByteBuffer.allocate(2 * elements.length).order(ByteOrder.BIG_ENDIAN).asShortBuffer()
                .put(onHeap.duplicate());
        try (Compute compute = backend().open(dtype)) {
            for (Shape shape : new Shape[] {new Shape(1, 2), large}) {
                double[] expected = widened(Arrays.copyOfRange(elements, 1, 1 + (int) shape.size()));
                for (ShortBuffer source : new ShortBuffer[] {onHeap, direct, foreign, onHeap.asReadOnlyBuffer()}) {
                    Tensor tensor = compute.uploadBfloat16(shape, source.position(1));
                    assertEquals(1 + shape.size(), source.position());
                    assertEquals(shape, tensor.shape());
                    assertFalse(tensor.hasTangent());
                    assertArrayEquals(expected, compute.download(tensor));
                    assertArrayEquals(expected, compute.download(compute.primal(tensor)));
                }
            }
        }
    }

    /** In single precision sums may be taken in another order. Nothing is left behind. */
    @ParameterizedTest
    @MethodSource({"org.perk4j.tck.OperationTable#all", "org.perk4j.tck.OperationTable#withLargeFactors"})
    void operationsTakeThemForTheFloats(Operation operation) {
        double[][] at = Arrays.stream(operation.point()).map(values -> widened(narrow(values))).toArray(double[][]::new);
        for (DType dtype : DType.values()) {
            try (Compute compute = backend().open(dtype)) {
                for (double[][] direction : directions(operation)) {
                    Outcome expected = operation.evaluate(compute, at, direction);
                    try (Scope scope = compute.scope()) {
                        Tensor[] arguments = operation.tensors(compute, at, direction);
                        for (int i = 0; i < arguments.length; i++) {
                            if (direction[i] == null) {
                                arguments[i] = compute.uploadBfloat16(arguments[i].shape(), ShortBuffer.wrap(narrow(at[i])));
                            }
                        }
                        long before = compute.memory().liveBytes();
                        Tensor[] results = operation.evaluation().apply(compute, arguments);
                        try (Scope copies = compute.scope()) {
                            PrecisionContract.assertClose(expected, Outcome.of(compute, results),
                                    allowed(operation.terms(), dtype), dtype);
                        }
                        Arrays.stream(results).forEach(compute::free);
                        assertEquals(before, compute.memory().liveBytes());
                    }
                }
            }
        }
    }

    /** As {@link PrecisionContract} has it: both sums may come within that of the true one. In double they are the same. */
    private static double allowed(int terms, DType dtype) {
        return dtype == DType.FLOAT32 ? Rounding.ofSums(terms, dtype, dtype) : 0;
    }

    /** No tangents, and for each argument but the first all others: then that one is a frozen weight. */
    static double[][][] directions(Operation operation) {
        double[][] all = operation.direction(1);
        return IntStream.range(0, Math.max(1, all.length)).mapToObj(frozen -> IntStream.range(0, all.length)
                .mapToObj(i -> frozen == 0 || i == frozen ? null : all[i]).toArray(double[][]::new))
                        .toArray(double[][][]::new);
    }

    /** However a backend lays a matrix out for one product, others find the same matrix. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void productsOfAnyKindFollowEachOther(DType dtype) {
        Shape shape = new Shape(301, 203);
        try (Compute compute = backend().open(dtype)) {
            short[] elements = narrow(
                    compute.download(TransferContract.values(compute, shape.rows(), shape.columns(), 0.3)));
            Tensor floats = compute.constant(shape, widened(elements));
            Tensor tensor = compute.uploadBfloat16(shape, ShortBuffer.wrap(elements));
            for (int rows : new int[] {1, 5, 1, 150, 5}) {
                for (boolean transposed : new boolean[] {true, false}) {
                    int inner = transposed ? shape.columns() : shape.rows();
                    Tensor x = TransferContract.values(compute, rows, inner, 0.7);
                    Difference.assertClose(compute.download(compute.matmul(x, false, floats, transposed)),
                            compute.download(compute.matmul(x, false, tensor, transposed)), allowed(inner, dtype));
                    assertArrayEquals(widened(elements), compute.download(tensor));
                    assertArrayEquals(compute.download(compute.gatherRows(floats, 300, 7)),
                            compute.download(compute.gatherRows(tensor, 300, 7)));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void theyTakeNoMoreMemoryAndGiveItBack(DType dtype) {
        Shape shape = new Shape(512, 256);
        try (Compute compute = backend().open(dtype)) {
            Tensor tensor = compute.uploadBfloat16(shape, ShortBuffer.allocate((int) shape.size()));
            long held = compute.memory().liveBytes();
            assertTrue(held >= shape.size() * Short.BYTES && held <= shape.size() * dtype.bytes(), held + " bytes");
            compute.free(tensor);
            assertEquals(0, compute.memory().liveBytes());
            try (Scope outer = compute.scope()) {
                try (Scope scope = compute.scope()) {
                    tensor = scope.keep(compute.uploadBfloat16(shape, ShortBuffer.allocate((int) shape.size())));
                }
                assertEquals(held, compute.memory().liveBytes());
            }
            assertEquals(0, compute.memory().liveBytes());
        }
    }
}
