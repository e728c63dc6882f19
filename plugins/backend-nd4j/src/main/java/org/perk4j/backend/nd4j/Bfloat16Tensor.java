package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import jdk.incubator.vector.IntVector;
import org.perk4j.backend.BlockMatrix;
import org.perk4j.tensor.Shape;

/**
 * A constant matrix in bfloat16, cut into panels of {@link #PANEL} columns, one after the other, each row by row; the last
 * one is padded with zeros. So reading some columns, as well as multiplying with a few rows, reads long runs of memory,
 * which is twice as fast as reading pieces of rows.
 *
 * <p>A row of a panel is two vectors of pairs: element {@code i}, with element {@code i + LANES} in its upper half. A shift
 * and a mask turn each into two vectors of floats, in order.
 *
 * <p>What is stored is the matrix or, after {@link #turn}, its transpose.
 */
final class Bfloat16Tensor extends BlockTensor implements NarrowTensor {

    /** The number of columns of a panel: four vectors of floats. */
    static final int PANEL = 4 * Simd.LANES;

    private boolean turned;

    Bfloat16Tensor(Memory memory, Shape shape, Block block, long heldBytes) {
        super(memory, shape, block, heldBytes);
    }

    /** @return the bytes that suffice for the matrix and for its transpose */
    static long bytes(Shape shape) {
        long elements = Math.max((long) shape.rows() * panels(shape.columns()),
                (long) shape.columns() * panels(shape.rows()));
        return elements * PANEL * Short.BYTES;
    }

    private static int panels(int columns) {
        return (columns + PANEL - 1) / PANEL;
    }

    @Override
    public boolean hasTangent() {
        return false;
    }

    @Override
    public boolean turned() {
        return turned;
    }

    /** @return the number of rows of the stored matrix */
    int heldRows() {
        return turned ? columns() : rows();
    }

    private int heldColumns() {
        return turned ? rows() : columns();
    }

    /** @return the number of panels */
    int panels() {
        return panels(heldColumns());
    }

    /** @return the index of the first element of a panel's row; the rows below follow */
    int place(int row, int panel) {
        return (panel * heldRows() + row) * PANEL;
    }

    /** Reads the matrix from the next elements of {@code source}, row by row. */
    void fill(ShortBuffer source) {
        short[] row = new short[panels() * PANEL];
        for (int i = 0; i < rows(); i++) {
            source.get(row, 0, columns());
            put(i, row);
        }
    }

    /** Reads the matrix, whose rows are single elements of this type. */
    void fill(BlockMatrix matrix) {
        byte[] bytes = new byte[Short.BYTES * columns()];
        short[] row = new short[panels() * PANEL];
        for (int i = 0; i < rows(); i++) {
            matrix.copy(i, 1, 0, bytes.length, bytes);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(row, 0, columns());
            put(i, row);
        }
    }

    private void put(int i, short[] row) {
        for (int panel = 0; panel < panels(); panel++) {
            for (int j = 0; j < PANEL; j += 2 * Simd.LANES) {
                put(bytes(), place(i, panel) + j, row, panel * PANEL + j);
            }
        }
    }

    private static void put(ByteBuffer target, int at, short[] row, int from) {
        for (int i = 0; i < Simd.LANES; i++) {
            target.putInt(at + 2 * i << 1, row[from + i] & 0xFFFF | row[from + Simd.LANES + i] << 16);
        }
    }

    /**
     * Replaces the stored matrix with its transpose. Transposes squares of PANEL by PANEL elements one by one, each of which
     * is one run of memory before and after.
     *
     * @param target a block of as many bytes as this tensor has
     * @return the block that was used until now
     */
    Block turn(Block target, Workers workers) {
        int rows = heldRows();
        int columns = heldColumns();
        workers.run(panels(rows), 1, (from, to, lane) -> {
            short[] square = new short[PANEL * PANEL];
            for (int row = from * PANEL; row < Math.min(rows, to * PANEL); row += PANEL) {
                for (int column = 0; column < columns; column += PANEL) {
                    for (int i = 0; i < PANEL; i++) {
                        takeAsColumn(square, i, row + i, column / PANEL);
                    }
                    int at = row * columns + column * PANEL;
                    for (int j = 0; j < Math.min(PANEL, columns - column) * PANEL; j += 2 * Simd.LANES) {
                        put(target.bytes(), at + j, square, j);
                    }
                }
            }
        });
        turned = !turned;
        return exchange(target);
    }

    /** Copies a row of a panel, or zeros after the last one. */
    private void takeAsColumn(short[] square, int column, int row, int panel) {
        for (int j = 0; j < PANEL; j += 2 * Simd.LANES) {
            for (int i = 0; i < Simd.LANES; i++) {
                int pair = row < heldRows() ? bytes().getInt(place(row, panel) + j + 2 * i << 1) : 0;
                square[(j + i) * PANEL + column] = (short) pair;
                square[(j + i + Simd.LANES) * PANEL + column] = (short) (pair >>> 16);
            }
        }
    }

    @Override
    public void widen(int row, int first, int count, ByteBuffer target, int at) {
        for (int j = 0; j < count; j += 2 * Simd.LANES) {
            IntVector pair = Simd.pair(bytes(), place(row, (first + j) / PANEL) + j % PANEL);
            Simd.store(Simd.first(pair), target, at + j, count - j);
            Simd.store(Simd.second(pair), target, at + j + Simd.LANES, count - j - Simd.LANES);
        }
    }

    @Override
    void copyRow(int row, ByteBuffer target, int at) {
        if (!turned) {
            widen(row, 0, columns(), target, at);
            return;
        }
        int j = row % PANEL;
        int half = j / Simd.LANES % 2;
        int pair = j / (2 * Simd.LANES) * 2 * Simd.LANES + 2 * (j % Simd.LANES);
        for (int i = 0; i < columns(); i++) {
            int bits = bytes().getInt(place(i, row / PANEL) + pair << 1);
            target.putInt(at + i << 2, half == 0 ? bits << 16 : bits & 0xFFFF0000);
        }
    }

    @Override
    public String toString() {
        return "bfloat16 " + shape() + (freed() ? ", freed" : "");
    }
}
