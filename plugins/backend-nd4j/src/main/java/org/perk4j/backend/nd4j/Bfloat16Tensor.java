package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import jdk.incubator.vector.IntVector;
import org.perk4j.tensor.Shape;

/**
 * A constant matrix in bfloat16, cut into panels of {@link #PANEL} columns, one behind the other, each row by row; the last is
 * filled up with zeros. Both who goes down some columns and who multiplies with some rows so reads long runs of memory, which
 * come twice as fast as pieces of rows.
 *
 * <p>A row of a panel is two vectors of pairs: element {@code i} with element {@code i + LANES} in its upper half. Shift and
 * mask make of each two vectors of floats, in order.
 */
final class Bfloat16Tensor extends OwnedTensor {

    /** Columns of a panel: four vectors of floats. */
    static final int PANEL = 4 * Simd.LANES;

    Bfloat16Tensor(Memory owner, Shape shape, Block block, long heldBytes) {
        super(owner, shape, block, heldBytes);
    }

    static long bytes(Shape shape) {
        return (long) shape.rows() * panels(shape) * PANEL * Short.BYTES;
    }

    private static int panels(Shape shape) {
        return (shape.columns() + PANEL - 1) / PANEL;
    }

    @Override
    public boolean hasTangent() {
        return false;
    }

    /** @return the number of panels */
    int panels() {
        return panels(shape());
    }

    /** @return where a row of a panel begins, counted in elements; the rows below it follow */
    int place(int row, int panel) {
        return (panel * rows() + row) * PANEL;
    }

    /** Takes over the next elements of {@code source}, row by row. */
    void fill(ShortBuffer source) {
        short[] row = new short[panels() * PANEL];
        for (int i = 0; i < rows(); i++) {
            source.get(row, 0, columns());
            for (int panel = 0; panel < panels(); panel++) {
                for (int j = 0; j < PANEL; j += 2 * Simd.LANES) {
                    put(place(i, panel) + j, row, panel * PANEL + j);
                }
            }
        }
    }

    private void put(int at, short[] row, int from) {
        for (int i = 0; i < Simd.LANES; i++) {
            bytes().putInt(at + 2 * i << 1, row[from + i] & 0xFFFF | row[from + Simd.LANES + i] << 16);
        }
    }

    /**
     * Widens part of a row.
     *
     * @param first the first column, a multiple of {@link #PANEL}
     */
    void widen(int row, int first, int count, ByteBuffer target, int at) {
        for (int j = 0; j < count; j += 2 * Simd.LANES) {
            IntVector pair = Simd.pair(bytes(), place(row, (first + j) / PANEL) + j % PANEL);
            Simd.store(Simd.first(pair), target, at + j, count - j);
            Simd.store(Simd.second(pair), target, at + j + Simd.LANES, count - j - Simd.LANES);
        }
    }

    @Override
    void copyRow(int row, ByteBuffer target, int at) {
        widen(row, 0, columns(), target, at);
    }

    @Override
    public String toString() {
        return "bfloat16 " + shape() + (freed() ? ", freed" : "");
    }
}
