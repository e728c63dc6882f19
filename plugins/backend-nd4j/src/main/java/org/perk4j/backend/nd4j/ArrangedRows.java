package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The rows of a product of few rows, times a factor, in the order in which kernels read them, and room for sums. A row is
 * taken alone, or in groups of four; an incomplete group is filled with rows of zeros. All data are in arrays: the JIT
 * compiler doesn't optimize a kernel that accesses more than a few buffers.
 */
final class ArrangedRows {

    private final float[][] sums;
    private float[] elements = new float[0];
    private float[] row = new float[0];
    private int together;
    private int groups;
    private int depth;

    /** @param lanes the number of threads that multiply at once */
    ArrangedRows(int lanes) {
        sums = new float[lanes][0];
    }

    /**
     * Copies rows.
     *
     * @param run the number of adjacent elements of a row, after which as many of the group's next row follow; the last run
     *            is filled with zeros
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

    /** @return the number of rows in a group */
    int together() {
        return together;
    }

    int groups() {
        return groups;
    }

    /** @return the index of a group's elements from element {@code l} of its rows on, a whole number of runs */
    int at(int group, int l) {
        return (group * depth + l) * together;
    }

    /** @return {@code ofRow} zeros for each row, for the thread of this lane */
    float[] sums(int lane, int ofRow) {
        int size = groups * together * ofRow;
        if (sums[lane].length < size) {
            sums[lane] = new float[size];
        }
        Arrays.fill(sums[lane], 0, size, 0);
        return sums[lane];
    }

    /** {@code c = β·c + value}; c is not read if β is 0, since its content may be undefined. */
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
