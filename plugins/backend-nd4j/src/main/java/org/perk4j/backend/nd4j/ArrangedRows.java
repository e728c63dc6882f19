package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * What kernels for few rows work with: the rows, times a factor, in the order in which kernels take them, and room for sums.
 * Rows are taken one alone, or in groups of four; a group that isn't full has rows of zeros. All of it are arrays: accesses
 * to more than a few buffers in a kernel are more than the JIT compiler takes on.
 */
final class ArrangedRows {

    private final float[][] sums;
    private float[] elements = new float[0];
    private float[] row = new float[0];
    private int together;
    private int groups;
    private int depth;

    /** @param lanes how many threads multiply at once */
    ArrangedRows(int lanes) {
        sums = new float[lanes][0];
    }

    /**
     * Takes over rows.
     *
     * @param run how many elements of a row are side by side, then come as many of the group's next row; zeros fill up the
     *            last
     */
    void arrange(FloatTensor a, float factor, int run) {
        int m = a.stackedRows();
        int k = a.columns();
        together = m == 1 ? 1 : 4;
        groups = (m + together - 1) / together;
        depth = (k + run - 1) / run * run;
        int size = groups * together * depth;
        if (elements.length < size) {
            elements = new float[size];
        }
        if (row.length < k) {
            row = new float[k];
        }
        Arrays.fill(elements, 0, size, 0);
        for (int i = 0; i < m; i++) {
            a.floats().get(i * k, row, 0, k);
            int at = at(i / together, 0) + i % together * run;
            for (int l = 0; l < k; l += run, at += together * run) {
                int count = Math.min(run, k - l);
                for (int j = 0; j < count; j++) {
                    elements[at + j] = factor * row[l + j];
                }
            }
        }
    }

    float[] elements() {
        return elements;
    }

    /** @return the rows of a group */
    int together() {
        return together;
    }

    int groups() {
        return groups;
    }

    /** @return where a group's elements begin, {@code l} elements down its rows; a whole number of runs */
    int at(int group, int l) {
        return (group * depth + l) * together;
    }

    /** @return zeros, so many for each row, for the thread of this lane */
    float[] sums(int lane, int ofRow) {
        int size = groups * together * ofRow;
        if (sums[lane].length < size) {
            sums[lane] = new float[size];
        }
        Arrays.fill(sums[lane], 0, size, 0);
        return sums[lane];
    }

    /** {@code c = β·c + value}; c is not read if β is 0, it may hold anything. */
    static void put(ByteBuffer c, int at, float beta, float value) {
        c.putFloat(at << 2, beta == 0 ? value : Math.fma(beta, c.getFloat(at << 2), value));
    }

    /** The same of {@code count} values. */
    static void put(ByteBuffer c, int at, float beta, float[] values, int from, int count) {
        for (int j = 0; j < count; j += Simd.LANES) {
            FloatVector value = Simd.load(values, from + j);
            Simd.store(beta == 0 ? value : Simd.load(c, at + j).fma(Simd.all(beta), value), c, at + j, count - j);
        }
    }
}
