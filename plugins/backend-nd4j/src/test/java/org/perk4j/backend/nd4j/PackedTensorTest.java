package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A packed matrix stays packed. That operations take it for its elements, the contract of backends shows. */
class PackedTensorTest {

    private static final int LANES = 3;
    private static final Shape SHAPE = new Shape(2048, 1024);

    private static Workers workers;
    private static Arena arena;

    @BeforeAll
    static void start() {
        Natives.load();
        workers = new Workers(LANES);
        arena = new Arena();
    }

    @AfterAll
    static void stop() {
        workers.close();
        arena.clear();
    }

    /** Its elements take no memory at all. */
    private record Computed(Shape shape, boolean transposed) implements PackedMatrix {

        @Override
        public long bytes() {
            return shape.size();
        }

        @Override
        public void widen(int row, int first, int count, float[] target, int at) {
            for (int i = 0; i < count; i++) {
                target[at + i] = (row * 31 + (first + i) * 17) % 15 - 7;
            }
        }
    }

    private static Compute compute() {
        return new FloatCompute(workers, arena, new OneDnn(), false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itTakesItsOwnBytesAndIsNeverWidenedAsAWhole(boolean transposed) {
        try (Compute compute = compute()) {
            Tensor packed = compute.uploadPacked(new Computed(SHAPE, transposed));
            assertEquals(SHAPE.size(), compute.memory().liveBytes());
            for (int m : new int[] {1, 3, 40}) {
                Tensor rows = compute.fill(new Shape(m, SHAPE.rows()), 1);
                Tensor columns = compute.fill(new Shape(m, SHAPE.columns()), 1);
                compute.matmul(rows, packed);
                compute.matmul(columns, false, packed, true);
                compute.linear(rows, packed, null);
                compute.gatherRows(packed, 5, 7);
                compute.tokenLoss(columns, packed, IntStream.range(0, m).toArray(), true);
            }
            long widened = compute.memory().peakBytes() - compute.memory().liveBytes();
            assertTrue(widened < LANES * SHAPE.size() * Float.BYTES / 8, widened + " bytes"); // a tile each
        }
    }

    /** The answers of a batch are those of each sequence alone. */
    @Test
    void aRowOfAProductDependsNeitherOnTheOthersNorOnThreads() {
        Workers alone = new Workers(1);
        try (Compute one = new FloatCompute(alone, arena, new OneDnn(), false); Compute three = compute()) {
            double[] elements = IntStream.range(0, 8 * SHAPE.columns()).mapToDouble(i -> Math.sin(i * 0.7)).toArray();
            double[] together = product(three, elements);
            assertArrayEquals(together, product(one, elements));
            for (int row = 0; row < 8; row++) {
                double[] single = Arrays.copyOfRange(elements, row * SHAPE.columns(), (row + 1) * SHAPE.columns());
                assertArrayEquals(Arrays.copyOfRange(together, row * SHAPE.rows(), (row + 1) * SHAPE.rows()),
                        product(three, single), "row " + row);
            }
        } finally {
            alone.close();
        }
    }

    private static double[] product(Compute compute, double[] elements) {
        Tensor rows = compute.constant(new Shape(elements.length / SHAPE.columns(), SHAPE.columns()), elements);
        return compute.download(compute.matmul(rows, false, compute.uploadPacked(new Computed(SHAPE, false)), true));
    }

    @Test
    void nothingWritesIntoIt() {
        try (Compute compute = compute()) {
            Tensor packed = compute.uploadPacked(new Computed(SHAPE, false));
            String message = assertThrows(IllegalArgumentException.class,
                    () -> compute.accumulate(packed, 1, compute.fill(SHAPE, 1))).getMessage();
            assertTrue(message.contains("packed 2048×1024"), message);
        }
    }
}
