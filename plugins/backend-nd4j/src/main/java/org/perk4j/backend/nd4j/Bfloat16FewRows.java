package org.perk4j.backend.nd4j;

import static org.perk4j.backend.nd4j.Bfloat16Tensor.PANEL;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * What {@link FewRows} is for matrices in bfloat16: their elements are widened in registers, so that half as much memory is
 * read. Its loops are not shared with those for floats, since that made both several times slower: see there.
 */
final class Bfloat16FewRows {

    /** Rows of the matrix that are added up before the next rows are served: they stay in a core's first cache. */
    private static final int DEPTH = 128;

    private final Workers workers;
    private final Memory memory;
    private final ArrangedRows rows;

    Bfloat16FewRows(Workers workers, Memory memory) {
        this.workers = workers;
        this.memory = memory;
        rows = new ArrangedRows(workers.lanes());
    }

    /** @return whether b is held, or still can be, as {@link #multiply} needs it */
    static boolean suit(Bfloat16Tensor b, boolean transposeB) {
        return transposeB || !b.turned();
    }

    /**
     * {@code c = β·c + α·a·op(b)} for all rows of a with its tangents. The columns of c have to be those of what is held:
     * then no sum is one across a vector, and several rows take some two thirds of the time. So a matrix whose transpose is
     * asked for is transposed once, in place: frozen weights are used in one way only when decoding.
     */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, Bfloat16Tensor b, boolean transposeB) {
        if (transposeB && !b.turned()) {
            memory.turn(b, workers);
        }
        rows.arrange(a, alpha, 1);
        workers.run(b.panels(), 1, (from, to, lane) -> {
            for (int panel = from; panel < to; panel++) {
                sums(c, beta, a.stackedRows(), b, panel, rows.sums(lane, PANEL));
            }
        });
    }

    /** The columns of c under a panel: the held rows of b, weighted by each row of a. */
    private void sums(FloatTensor c, float beta, int m, Bfloat16Tensor b, int panel, float[] sums) {
        int together = rows.together();
        for (int l = 0; l < b.heldRows(); l += DEPTH) {
            int count = Math.min(DEPTH, b.heldRows() - l);
            int bAt = b.place(l, panel);
            for (int group = 0; group < rows.groups(); group++) {
                int aAt = rows.at(group, l);
                if (together == 1) {
                    addToOne(sums, 0, rows.elements(), aAt, b.bytes(), bAt, count);
                } else {
                    addToFour(sums, group * together * PANEL, rows.elements(), aAt, b.bytes(), bAt, count);
                }
            }
        }
        int first = panel * PANEL;
        for (int i = 0; i < m; i++) {
            ArrangedRows.put(c.bytes(), i * c.columns() + first, beta, sums, i * PANEL,
                    Math.min(PANEL, c.columns() - first));
        }
    }

    /** Adds weighted rows of b to a row of sums, in one panel. */
    private static void addToOne(float[] sums, int at, float[] a, int aAt, ByteBuffer b, int bAt, int count) {
        FloatVector s0 = Simd.load(sums, at);
        FloatVector s1 = Simd.load(sums, at + Simd.LANES);
        FloatVector s2 = Simd.load(sums, at + 2 * Simd.LANES);
        FloatVector s3 = Simd.load(sums, at + 3 * Simd.LANES);
        for (int l = 0; l < count; l++, aAt++, bAt += PANEL) {
            IntVector left = Simd.pair(b, bAt);
            IntVector right = Simd.pair(b, bAt + 2 * Simd.LANES);
            FloatVector b0 = Simd.first(left);
            FloatVector b1 = Simd.second(left);
            FloatVector b2 = Simd.first(right);
            FloatVector b3 = Simd.second(right);
            FloatVector x = Simd.all(a[aAt]);
            s0 = x.fma(b0, s0);
            s1 = x.fma(b1, s1);
            s2 = x.fma(b2, s2);
            s3 = x.fma(b3, s3);
        }
        s0.intoArray(sums, at);
        s1.intoArray(sums, at + Simd.LANES);
        s2.intoArray(sums, at + 2 * Simd.LANES);
        s3.intoArray(sums, at + 3 * Simd.LANES);
    }

    /** The same to four rows. */
    private static void addToFour(float[] sums, int at, float[] a, int aAt, ByteBuffer b, int bAt, int count) {
        FloatVector s00 = Simd.load(sums, at);
        FloatVector s01 = Simd.load(sums, at + Simd.LANES);
        FloatVector s02 = Simd.load(sums, at + 2 * Simd.LANES);
        FloatVector s03 = Simd.load(sums, at + 3 * Simd.LANES);
        FloatVector s10 = Simd.load(sums, at + 4 * Simd.LANES);
        FloatVector s11 = Simd.load(sums, at + 5 * Simd.LANES);
        FloatVector s12 = Simd.load(sums, at + 6 * Simd.LANES);
        FloatVector s13 = Simd.load(sums, at + 7 * Simd.LANES);
        FloatVector s20 = Simd.load(sums, at + 8 * Simd.LANES);
        FloatVector s21 = Simd.load(sums, at + 9 * Simd.LANES);
        FloatVector s22 = Simd.load(sums, at + 10 * Simd.LANES);
        FloatVector s23 = Simd.load(sums, at + 11 * Simd.LANES);
        FloatVector s30 = Simd.load(sums, at + 12 * Simd.LANES);
        FloatVector s31 = Simd.load(sums, at + 13 * Simd.LANES);
        FloatVector s32 = Simd.load(sums, at + 14 * Simd.LANES);
        FloatVector s33 = Simd.load(sums, at + 15 * Simd.LANES);
        for (int l = 0; l < count; l++, aAt += 4, bAt += PANEL) {
            IntVector left = Simd.pair(b, bAt);
            IntVector right = Simd.pair(b, bAt + 2 * Simd.LANES);
            FloatVector b0 = Simd.first(left);
            FloatVector b1 = Simd.second(left);
            FloatVector b2 = Simd.first(right);
            FloatVector b3 = Simd.second(right);
            FloatVector x = Simd.all(a[aAt]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            s02 = x.fma(b2, s02);
            s03 = x.fma(b3, s03);
            x = Simd.all(a[aAt + 1]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            s12 = x.fma(b2, s12);
            s13 = x.fma(b3, s13);
            x = Simd.all(a[aAt + 2]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            s22 = x.fma(b2, s22);
            s23 = x.fma(b3, s23);
            x = Simd.all(a[aAt + 3]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
            s32 = x.fma(b2, s32);
            s33 = x.fma(b3, s33);
        }
        s00.intoArray(sums, at);
        s01.intoArray(sums, at + Simd.LANES);
        s02.intoArray(sums, at + 2 * Simd.LANES);
        s03.intoArray(sums, at + 3 * Simd.LANES);
        s10.intoArray(sums, at + 4 * Simd.LANES);
        s11.intoArray(sums, at + 5 * Simd.LANES);
        s12.intoArray(sums, at + 6 * Simd.LANES);
        s13.intoArray(sums, at + 7 * Simd.LANES);
        s20.intoArray(sums, at + 8 * Simd.LANES);
        s21.intoArray(sums, at + 9 * Simd.LANES);
        s22.intoArray(sums, at + 10 * Simd.LANES);
        s23.intoArray(sums, at + 11 * Simd.LANES);
        s30.intoArray(sums, at + 12 * Simd.LANES);
        s31.intoArray(sums, at + 13 * Simd.LANES);
        s32.intoArray(sums, at + 14 * Simd.LANES);
        s33.intoArray(sums, at + 15 * Simd.LANES);
    }
}
