package org.perk4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A packed matrix stays packed. That operations take it for its elements, the contract of backends shows. */
class PackedConstantTest {

    private static final Shape SHAPE = new Shape(1024, 512);

    /** Bytes. */
    private record Bytes(Shape shape, boolean transposed, byte[] stored) implements PackedMatrix {

        static Bytes of(Shape shape, boolean transposed) {
            return new Bytes(shape, transposed, new byte[(int) shape.size()]);
        }

        @Override
        public long bytes() {
            return stored.length;
        }

        @Override
        public void widen(int row, int first, int count, float[] target, int at) {
            int columns = transposed ? shape.rows() : shape.columns();
            for (int i = 0; i < count; i++) {
                target[at + i] = stored[row * columns + first + i];
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itTakesItsOwnBytesAndIsNeverWidenedAsAWhole(boolean transposed) {
        try (Compute compute = new JavaCompute(DType.FLOAT32)) {
            Tensor packed = compute.uploadPacked(Bytes.of(SHAPE, transposed));
            assertEquals(SHAPE.size(), compute.memory().liveBytes());
            Tensor rows = compute.fill(new Shape(3, SHAPE.rows()), 1);
            Tensor columns = compute.fill(new Shape(3, SHAPE.columns()), 1);
            compute.matmul(rows, packed);
            compute.matmul(columns, false, packed, true);
            compute.linear(rows, packed, null);
            compute.gatherRows(packed, 5, 7);
            compute.tokenLoss(columns, packed, new int[] {1, -1, 2}, true);
            long ofResults = compute.memory().liveBytes() - SHAPE.size();
            long widened = compute.memory().peakBytes() - SHAPE.size() - ofResults;
            assertTrue(widened < SHAPE.size() * Float.BYTES / 4, widened + " bytes");
        }
    }

    @Test
    void nothingWritesIntoIt() {
        try (Compute compute = new JavaCompute(DType.FLOAT32)) {
            Tensor packed = compute.uploadPacked(Bytes.of(SHAPE, false));
            String message = assertThrows(IllegalArgumentException.class,
                    () -> compute.accumulate(packed, 1, compute.fill(SHAPE, 1))).getMessage();
            assertTrue(message.contains("1024×512"), message);
        }
    }
}
