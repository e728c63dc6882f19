package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/** How numbers get in and out, how tangents are attached and detached, and sums in place. */
abstract class TransferContract {

    private static final Shape SHAPE = new Shape(2, 3);
    private static final List<Shape> HALVES = List.of(new Shape(5, 4), new Shape(5, 4));

    abstract Backend backend();

    @ParameterizedTest
    @EnumSource(DType.class)
    void constantsAreCopied(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            double[] elements = {1, 2, 3, 4, 5, 0.1};
            Tensor tensor = compute.constant(SHAPE, elements);
            double rounded = dtype == DType.FLOAT32 ? 0.1f : 0.1;
            elements[0] = 7;
            double[] read = compute.download(tensor);
            assertArrayEquals(new double[] {1, 2, 3, 4, 5, rounded}, read);
            read[1] = 7;
            assertEquals(2, compute.download(tensor)[1]);
            assertEquals(SHAPE, tensor.shape());
            assertFalse(tensor.hasTangent());
            assertEquals(dtype, compute.dtype());
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void buffersAreReadAndWrittenFromTheirPosition(DType dtype) {
        FloatBuffer onHeap = FloatBuffer.wrap(new float[] {9, 1, 2, 3, 4, 5, 6, 9});
        FloatBuffer direct = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder()).asFloatBuffer()
                .put(onHeap.duplicate());
        FloatBuffer foreign = ByteBuffer.allocateDirect(32).order(ByteOrder.BIG_ENDIAN).asFloatBuffer()
                .put(onHeap.duplicate());
        try (Compute compute = backend().open(dtype)) {
            for (FloatBuffer source : new FloatBuffer[] {onHeap, direct, foreign, onHeap.asReadOnlyBuffer()}) {
                Tensor tensor = compute.upload(SHAPE, source.position(1));
                assertEquals(7, source.position());
                assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, compute.download(tensor));
            }
            Tensor tensor = compute.constant(SHAPE, -1, -2, -3, -4, -5, -6);
            for (FloatBuffer target : new FloatBuffer[] {direct, foreign, onHeap}) {
                compute.download(tensor, target.position(1));
                assertEquals(7, target.position());
                assertEquals(9, target.get(0));
                assertEquals(-1, target.get(1));
                assertEquals(-6, target.get(6));
                assertEquals(9, target.get(7));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void tangentsAreAttachedAndDetached(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor dual = compute.dual(compute.constant(SHAPE, 1, 2, 3, 4, 5, 6), compute.constant(SHAPE, 6, 5, 4, 3, 2, 1));
            assertTrue(dual.hasTangent());
            assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, compute.download(dual), "a download is of the value");
            Tensor primal = compute.primal(dual);
            assertFalse(primal.hasTangent());
            assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, compute.download(primal));
            Tensor tangent = compute.tangent(dual);
            assertFalse(tangent.hasTangent());
            assertArrayEquals(new double[] {6, 5, 4, 3, 2, 1}, compute.download(tangent));
            assertArrayEquals(new double[6], compute.download(compute.tangent(primal)));
            assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6},
                    compute.download(compute.tangent(compute.dual(tangent, dual))), "only the value of a direction counts");
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void sumsGrowInPlace(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor plain = compute.fill(SHAPE, 1);
            Tensor dual = compute.dual(compute.fill(SHAPE, 2), compute.fill(SHAPE, 3));
            compute.accumulate(plain, -0.5, plain);
            assertEquals(0.5, compute.download(plain)[3]);
            compute.accumulate(dual, 2, plain);
            assertEquals(3, compute.download(dual)[3]);
            assertEquals(3, compute.download(compute.tangent(dual))[3]);
            compute.accumulate(dual, 2, dual);
            assertEquals(9, compute.download(dual)[5]);
            assertEquals(9, compute.download(compute.tangent(dual))[5]);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void productsAreAddedInPlace(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor plainA = values(compute, 5, 7, 0.3);
            Tensor plainB = values(compute, 7, 4, 0.2);
            Tensor dualA = compute.dual(plainA, values(compute, 5, 7, 0.7));
            Tensor dualB = compute.dual(plainB, values(compute, 7, 4, 0.9));
            for (Tensor a : new Tensor[] {plainA, dualA}) {
                for (Tensor b : new Tensor[] {plainB, dualB}) {
                    Tensor sum = compute.dual(values(compute, 5, 4, 0.5), values(compute, 5, 4, 0.1));
                    Tensor expected = compute.add(sum, compute.scaledMatmul(-0.7, a, false, b, false));
                    compute.accumulateProduct(sum, -0.7, a, false, b, false);
                    assertClose(expected, sum, compute);
                    assertClose(compute.tangent(expected), compute.tangent(sum), compute);
                }
            }
            Tensor plain = values(compute, 4, 4, 0.5);
            Tensor expected = compute.add(plain, compute.matmul(plainB, true, plainB, false));
            compute.accumulateProduct(plain, 1, plainB, true, plainB, false);
            assertClose(expected, plain, compute);
        }
    }

    /** Where the result may have the memory of what was added to, too. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void whatAProductIsAddedToMayBeGone(DType dtype) {
        try (Compute compute = backend().open(dtype); Scope scope = compute.scope()) {
            Tensor a = values(compute, 5, 3, 0.3);
            Tensor b = values(compute, 4, 3, 0.2);
            Tensor whole = values(compute, 5, 8, 0.5);
            Tensor expected = compute.addProduct(compute.split(whole, HALVES).get(1), 2, a, b);
            Tensor part = compute.split(whole, HALVES).get(1);
            Tensor sum = compute.addProductTo(part, 2, a, b);
            assertClose(expected, sum, compute);
            compute.free(part);
            assertClose(expected, sum, compute);
            assertArrayEquals(compute.download(values(compute, 5, 8, 0.5)), compute.download(whole),
                    "a part may share its memory with others, which stay");
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void rightColumnsAreCounted(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor scores = compute.constant(new Shape(4, 3), 1, 5, 2, /**/ -3, -3, -4, /**/ 0, 7, 7, /**/ 9, 8, 7);
            assertEquals(4, compute.download(compute.countFirst(scores, 1, 0, 1, 0))[0]);
            assertEquals(2, compute.download(compute.countFirst(scores, 1, 1, 2, 0))[0]);
            assertEquals(0, compute.download(compute.countFirst(scores, 0, 2, 0, 1))[0]);
            assertEquals(1, compute.download(compute.countFirst(scores, -1, 0, 2, -1))[0]);
            assertTrue(compute.paddedRows(1000) >= 1000);
            Tensor wide = values(compute, 3, 1003, 0.01);
            double[] elements = compute.download(wide);
            int[] first = IntStream.range(0, 3).map(row -> IntStream.range(0, 1003).reduce(0,
                    (best, i) -> elements[row * 1003 + i] > elements[row * 1003 + best] ? i : best)).toArray();
            assertArrayEquals(new double[] {3}, compute.download(compute.countFirst(wide, first)));
            assertArrayEquals(new double[] {0}, compute.download(compute.countFirst(compute.fill(new Shape(0, 3), 1))),
                    "of no rows");
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void theLargestElementsAreFound(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            double none = Double.NEGATIVE_INFINITY;
            Tensor scores = compute.constant(new Shape(7, 3), 1, 5, 2, /**/ -3, -3, -4, /**/ none, none, none,
                    /**/ none, 1, Double.NaN, /**/ Double.NaN, 1, 2, /**/ 0, -none, 1, /**/ none, none, -9);
            assertArrayEquals(new int[] {1, 0, 0, -1, -1, -1, 2}, compute.largestColumns(scores));
            Tensor wide = values(compute, 3, 20_003, 0.01);
            double[] elements = compute.download(wide);
            int[] first = IntStream.range(0, 3).map(row -> IntStream.range(0, 20_003).reduce(0,
                    (best, i) -> elements[row * 20_003 + i] > elements[row * 20_003 + best] ? i : best)).toArray();
            assertArrayEquals(first, compute.largestColumns(wide));
            assertArrayEquals(new int[0], compute.largestColumns(compute.fill(new Shape(0, 3), 1)), "of no rows");
        }
    }

    /** Sizes that a device may read several elements of at once, and others. */
    @ParameterizedTest
    @CsvSource({"FLOAT32, 20, 8, 12", "FLOAT64, 20, 8, 12", "FLOAT32, 3, 2, 5", "FLOAT64, 3, 2, 5", "FLOAT64, 140, 4, 4"})
    void rowsAreMultipliedWithFactorsOfTheirOwn(DType dtype, int inputs, int rank, int outputs) {
        try (Compute compute = backend().open(dtype)) {
            int[] chosen = {2, 0, 2, 1};
            Tensor x = values(compute, 4, inputs, 0.1);
            Tensor a = values(compute, 3 * rank, inputs, 0.2);
            Tensor b = values(compute, 3 * outputs, rank, 0.3);
            Tensor c = values(compute, 4, outputs, 0.4);
            Tensor sum = compute.addOwnProducts(c, x, a, b, chosen);
            for (int row = 0; row < chosen.length; row++) {
                Tensor own = compute.matmul(compute.gatherRows(x, row), false, rows(compute, a, chosen[row], rank), true);
                double[] expected = compute.download(compute.add(compute.gatherRows(c, row),
                        compute.matmul(own, false, rows(compute, b, chosen[row], outputs), true)));
                assertArrayEquals(expected, compute.download(compute.gatherRows(sum, row)),
                        dtype == DType.FLOAT64 ? 1e-12 : 1e-4);
            }
            assertArrayEquals(compute.download(values(compute, 4, outputs, 0.4)), compute.download(c), "it stays");
            assertEquals(new Shape(0, outputs), compute.addOwnProducts(compute.fill(new Shape(0, outputs), 1),
                    compute.fill(new Shape(0, inputs), 1), a, b).shape());
        }
    }

    private static Tensor rows(Compute compute, Tensor of, int block, int count) {
        return compute.gatherRows(of, IntStream.range(block * count, (block + 1) * count).toArray());
    }

    /** Results don't depend on where a unit of work ends. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void unitsOfWorkChangeNothing(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            double[] expected = null;
            for (int i = 0; i < 3; i++) {
                Tensor x = values(compute, 5, 7, 0.3);
                for (int j = 0; j < 40; j++) {
                    Tensor next = compute.combine(0.5, x, 0.25, compute.multiply(x, x));
                    if (i == 2) {
                        compute.submit();
                    }
                    x = next;
                }
                compute.submit();
                double[] found = compute.download(x);
                expected = expected == null ? found : expected;
                assertArrayEquals(expected, found);
            }
            assertTrue(compute.spareBytes() >= 0);
        }
    }

    /** What is beside a computation, or another one if nothing is, has the tensors that it borrows, and leaves them. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void tensorsCanBeBorrowed(DType dtype) {
        try (Compute lender = backend().open(dtype);
             Compute compute = lender.beside().orElseGet(() -> backend().open(dtype))) {
            Tensor matrix = values(lender, 5, 7, 0.3);
            Tensor part = lender.split(matrix, List.of(new Shape(2, 7), new Shape(3, 7))).get(1);
            double[] elements = lender.download(matrix);
            double[] expected = lender.download(lender.matmul(part, false, matrix, true));
            try (Scope scope = compute.scope()) {
                Tensor borrowed = compute.borrow(lender, matrix);
                assertArrayEquals(elements, compute.download(borrowed));
                assertArrayEquals(expected,
                        compute.download(compute.matmul(compute.borrow(lender, part), false, borrowed, true)));
                Tensor sum = compute.addProductTo(borrowed, 1, values(compute, 5, 2, 0.1), values(compute, 7, 2, 0.2));
                assertFalse(Arrays.equals(elements, compute.download(sum)));
                compute.free(borrowed);
            }
            values(compute, 5, 7, 0.4); // in what was given back, if that was too much
            assertArrayEquals(elements, lender.download(matrix));
            assertArrayEquals(Arrays.copyOfRange(elements, 14, 35), lender.download(part));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void knownProductsLackOnlyTheirTangents(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            for (int rows : new int[] {1, 3, 70}) {
                Tensor x = values(compute, rows, 65, 0.3);
                Tensor along = compute.dual(x, values(compute, rows, 65, 0.7));
                for (boolean transposed : new boolean[] {false, true}) {
                    Tensor weight = transposed ? values(compute, 97, 65, 0.2) : values(compute, 65, 97, 0.2);
                    // not the product's value, so that it shows where the result's comes from
                    Tensor value = compute.affine(compute.matmul(x, false, weight, transposed), 1, 0.5);
                    Tensor found = compute.knownProduct(value, along, weight, transposed);
                    assertArrayEquals(compute.download(value), compute.download(found));
                    assertClose(compute.tangent(compute.matmul(along, false, weight, transposed)), compute.tangent(found),
                            compute);
                    assertFalse(compute.knownProduct(value, x, weight, transposed).hasTangent());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void knownLossesLackOnlyTheirTangents(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor hidden = values(compute, 41, 65, 0.3);
            Tensor along = compute.dual(hidden, values(compute, 41, 65, 0.7));
            Tensor head = values(compute, 1003, 65, 0.2);
            int[] targets = IntStream.range(0, 41).map(i -> i % 3 == 1 ? -1 : 7 * i).toArray();
            for (Tensor at : new Tensor[] {hidden, along}) {
                TokenLoss expected = compute.tokenLoss(at, head, targets, true);
                TokenLoss found = compute.knownTokenLoss(at, head, targets, compute.primal(expected.gradient()));
                assertClose(expected.loss(), found.loss(), compute);
                assertClose(expected.gradient(), found.gradient(), compute);
                assertClose(compute.tangent(expected.loss()), compute.tangent(found.loss()), compute);
                assertClose(compute.tangent(expected.gradient()), compute.tangent(found.gradient()), compute);
                assertEquals(at.hasTangent(), found.loss().hasTangent());
                assertEquals(at.hasTangent(), found.gradient().hasTangent());
            }
        }
    }

    /** @return values of order 1, each exact in single precision */
    static Tensor values(Compute compute, int rows, int columns, double step) {
        return compute.constant(new Shape(rows, columns),
                IntStream.range(0, rows * columns).mapToDouble(i -> (float) Math.sin(1 + step * i)).toArray());
    }

    /** Sums of at most 1,003 terms, added in another order. */
    private static void assertClose(Tensor expected, Tensor found, Compute compute) {
        Difference.assertClose(compute.download(expected), compute.download(found),
                Rounding.ofSums(1003, compute.dtype(), compute.dtype()));
    }
}
