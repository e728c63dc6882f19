package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import jdk.incubator.vector.IntVector;
import org.perk4j.tensor.Shape;

/**
 * A constant matrix in bfloat16, cut into panels of {@link #PANEL} columns, one behind the other, each row by row; the last
 * is filled up with zeros. Both who goes down some columns and who multiplies with some rows so reads long runs of memory,
 * which come twice as fast as pieces of rows.
 *
 * <p>A row of a panel is two vectors of pairs: element {@code i} with element {@code i + LANES} in its upper half. Shift and
 * mask make of each two vectors of floats, in order.
 *
 * <p>What is held so is the matrix, or once it was turned, its transpose.
 */
final class Bfloat16Tensor extends BlockTensor {

    /** Columns of a panel: four vectors of floats. */
    static final int PANEL = 4 * Simd.LANES;

    private boolean turned;

    Bfloat16Tensor(Memory memory, Shape shape, Block block, long heldBytes) {
        super(memory, shape, block, heldBytes);
    }

    /** @return enough for both ways to hold the matrix */
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

    /** @return whether the transpose is held instead of the matrix */
    boolean turned() {
        return turned;
    }

    /** @return the rows of what is held */
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

    /** @return where a row of a panel begins, counted in elements; the rows below it follow */
    int place(int row, int panel) {
        return (panel * heldRows() + row) * PANEL;
    }

    /** Takes over the next elements of {@code source}, row by row. */
    void fill(ShortBuffer source) {
        short[] row = new short[panels() * PANEL];
        for (int i = 0; i < rows(); i++) {
            source.get(row, 0, columns());
            for (int panel = 0; panel < panels(); panel++) {
                for (int j = 0; j < PANEL; j += 2 * Simd.LANES) {
                    put(bytes(), place(i, panel) + j, row, panel * PANEL + j);
                }
            }
        }
    }

    private static void put(ByteBuffer target, int at, short[] row, int from) {
        for (int i = 0; i < Simd.LANES; i++) {
            target.putInt(at + 2 * i << 1, row[from + i] & 0xFFFF | row[from + Simd.LANES + i] << 16);
        }
    }

    /**
     * Holds the transpose of what was held until now. Squares of PANEL by PANEL are turned one by one: in both ways each is
     * one run of memory.
     *
     * @param target of as many bytes as this tensor holds
     * @return the block that held it until now
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

    /** Takes a row of a panel, or zeros behind the last one. */
    private void takeAsColumn(short[] square, int column, int row, int panel) {
        for (int j = 0; j < PANEL; j += 2 * Simd.LANES) {
            for (int i = 0; i < Simd.LANES; i++) {
                int pair = row < heldRows() ? bytes().getInt(place(row, panel) + j + 2 * i << 1) : 0;
                square[(j + i) * PANEL + column] = (short) pair;
                square[(j + i + Simd.LANES) * PANEL + column] = (short) (pair >>> 16);
            }
        }
    }

    /**
     * Widens part of a row of what is held.
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
