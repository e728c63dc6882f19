package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Vectors widen blocks to the same floats as the layout's formula does, and products are those with these floats. */
class BlockLayoutTest {

    private static Workers workers;
    private static Arena arena;

    @BeforeAll
    static void start() {
        Natives.load();
        workers = new Workers(3);
        arena = new Arena();
    }

    @AfterAll
    static void stop() {
        workers.close();
        arena.clear();
    }

    @Test
    void theyAreFoundByTheirNames() {
        assertEquals(Optional.of(BlockLayout.Q4_K), BlockLayout.of("Q4_K"));
        assertEquals(Optional.empty(), BlockLayout.of("Q2_K"));
    }

    /** Any bits: scales may be subnormal, infinite or not a number. Nothing else is written. */
    @ParameterizedTest
    @EnumSource(BlockLayout.class)
    void elementsAreThoseOfTheFormulaToTheBit(BlockLayout layout) {
        Shape shape = new Shape(50, 1024);
        Blocks blocks = Blocks.random(layout, shape, false, true, 7);
        for (int row = 0; row < shape.rows(); row++) {
            for (int[] part : new int[][] {{0, 1024}, {256, 512}, {768, 256}}) {
                float[] expected = new float[1100];
                blocks.widen(row, part[0], part[1], expected, 5);
                byte[] stored = new byte[layout.bytes(part[1])];
                blocks.copy(row, 1, layout.bytes(part[0]), stored.length, stored);
                float[] found = new float[1100];
                layout.widen(stored, 0, part[1], found, 5);
                assertArrayEquals(expected, found, layout + ", row " + row);
            }
        }
    }

    @Test
    void onlyWholeBlocksAreWidened() {
        assertTrue(BlockLayout.Q8_0.isWhole(96));
        assertEquals(false, BlockLayout.Q8_0.isWhole(100));
        assertEquals(false, BlockLayout.Q6_K.isWhole(96));
    }

    /** Of few rows and of many, as stored and as its transpose; also where tiles are no whole blocks. */
    @ParameterizedTest
    @EnumSource(BlockLayout.class)
    void productsAreThoseWithTheirElements(BlockLayout layout) {
        Shape shape = new Shape(333, 1280);
        for (boolean transposed : new boolean[] {false, true}) {
            Blocks blocks = Blocks.random(layout, transposed ? shape.transposed() : shape, transposed, false, 8);
            try (Compute compute = new FloatCompute(workers, arena, new OneDnn(), false)) {
                Tensor packed = compute.uploadPacked(blocks);
                Tensor plain = compute.uploadPacked(new Nameless(blocks));
                for (int m : new int[] {1, 5, 40}) {
                    for (boolean transpose : new boolean[] {false, true}) {
                        int inner = transpose ? packed.columns() : packed.rows();
                        Tensor x = compute.constant(new Shape(m, inner),
                                IntStream.range(0, m * inner).mapToDouble(i -> Math.sin(i * 0.7)).toArray());
                        double rounding = layout == BlockLayout.BF16 ? 1e-4 : 0; // summed in another order
                        assertArrayEquals(compute.download(compute.matmul(x, false, plain, transpose)),
                                compute.download(compute.matmul(x, false, packed, transpose)), rounding);
                    }
                }
                assertArrayEquals(compute.download(compute.gatherRows(plain, 7, 0)),
                        compute.download(compute.gatherRows(packed, 7, 0)));
            }
        }
    }

    /** A row alone is multiplied by another kernel than several. */
    @ParameterizedTest
    @EnumSource(BlockLayout.class)
    void aRowOfAProductIsTheSameAlone(BlockLayout layout) {
        Shape shape = new Shape(257, 1280);
        try (Compute compute = new FloatCompute(workers, arena, new OneDnn(), false)) {
            Tensor packed = compute.uploadPacked(Blocks.random(layout, shape, false, false, 10));
            Tensor x = compute.constant(new Shape(5, shape.columns()),
                    IntStream.range(0, 5 * shape.columns()).mapToDouble(i -> Math.sin(i * 0.7)).toArray());
            double[] together = compute.download(compute.matmul(x, false, packed, true));
            for (int row = 0; row < 5; row++) {
                assertArrayEquals(Arrays.copyOfRange(together, row * shape.rows(), (row + 1) * shape.rows()),
                        compute.download(compute.matmul(compute.gatherRows(x, row), false, packed, true)));
            }
        }
    }

    /** It is copied for faster kernels, into as much memory. Small ones stay, where these would widen them. */
    @Test
    void whatIsInBfloat16TakesNoMoreMemoryThanItsBytes() {
        for (Shape shape : new Shape[] {new Shape(512, 1024), new Shape(128, 64)}) {
            Blocks blocks = Blocks.random(BlockLayout.BF16, shape, false, false, 9);
            try (Compute compute = new FloatCompute(workers, arena, new OneDnn(), false)) {
                Tensor tensor = compute.uploadPacked(blocks);
                assertEquals(blocks.bytes(), compute.memory().liveBytes());
                assertArrayEquals(compute.download(compute.uploadPacked(new Nameless(blocks))), compute.download(tensor));
            }
        }
    }

    /** The same matrix, of whose layout nothing is known. */
    private record Nameless(PackedMatrix matrix) implements PackedMatrix {

        @Override
        public Shape shape() {
            return matrix.shape();
        }

        @Override
        public boolean transposed() {
            return matrix.transposed();
        }

        @Override
        public long bytes() {
            return matrix.bytes();
        }

        @Override
        public void widen(int row, int first, int count, float[] target, int at) {
            matrix.widen(row, first, count, target, at);
        }
    }
}
