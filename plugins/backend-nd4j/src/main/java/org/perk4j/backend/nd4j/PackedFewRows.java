package org.perk4j.backend.nd4j;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * What {@link FewRows} is for matrices that are packed: some of their rows at a time are widened, into a core's own cache,
 * and multiplied with all rows of the other factor.
 *
 * <p>Here all data are in arrays, the matrix's bytes too, which are copied first: each access to a vector in a buffer
 * outside the heap checks and reads anew where that lies, which takes longer than all else.
 */
final class PackedFewRows {

    /** Rows that are widened at a time: they stay in the first cache. */
    private static final int TOGETHER = 4;

    /** Elements in a piece of work. Their bytes are copied at once: reading long runs of memory is several times as fast. */
    private static final int PIECE = 32_768;

    /** What a thread works with. */
    private static final class Lane {
        private float[] tile = new float[0];
        private byte[] stored = new byte[0];

        Lane withRoom(int elements, int bytes) {
            if (tile.length < elements) {
                tile = new float[elements];
            }
            if (stored.length < bytes) {
                stored = new byte[bytes];
            }
            return this;
        }
    }

    private final Workers workers;
    private final ArrangedRows rows;
    private final Lane[] lanes;

    PackedFewRows(Workers workers) {
        this.workers = workers;
        rows = new ArrangedRows(workers.lanes());
        lanes = new Lane[workers.lanes()];
        Arrays.setAll(lanes, i -> new Lane());
    }

    /** @return whether the stored rows of b are what the rows of a are multiplied with */
    static boolean suit(PackedTensor b, boolean transposeB) {
        return transposeB != b.turned();
    }

    /** {@code c = β·c + α·a·op(b)} for all rows of a with its tangents. */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, PackedTensor b) {
        int k = a.columns();
        int depth = Simd.roundedUp(k);
        int piece = Math.max(1, PIECE / depth / TOGETHER) * TOGETHER;
        BlockLayout layout = b.layout(k);
        rows.arrange(a, alpha, Simd.LANES);
        workers.run(c.columns(), piece, (from, to, number) -> {
            Lane lane = lanes[number].withRoom(TOGETHER * depth, BlockLayout.MOST_BYTES * piece * depth);
            float[] sums = rows.sums(number, TOGETHER * Simd.LANES);
            if (layout != null) {
                b.copy(from, to - from, layout.bytes(k), lane.stored);
            }
            for (int j = from; j < to; j += TOGETHER) {
                int count = Math.min(TOGETHER, to - j);
                if (layout != null && layout.hasSums() && rows.together() == 1) {
                    sums(layout, lane.stored, j - from, count, k, sums);
                } else {
                    widen(b, layout, from, j, count, k, lane);
                    dots(sums, lane.tile, depth);
                }
                put(c, beta, a.stackedRows(), sums, j, count);
            }
        });
    }

    /** Multiplies some stored rows with a row, two at a time; the last of an odd number twice. */
    private void sums(BlockLayout layout, byte[] stored, int first, int count, int k, float[] sums) {
        int bytes = layout.bytes(k);
        for (int i = 0; i < count; i += 2) {
            int other = Math.min(i + 1, count - 1);
            layout.sums(stored, (first + i) * bytes, (first + other) * bytes, k, rows.elements(), sums, i * Simd.LANES);
        }
    }

    /** Fills the tile with rows, and zeros behind their ends. */
    private static void widen(PackedTensor b, BlockLayout layout, int from, int first, int count, int k, Lane lane) {
        int depth = Simd.roundedUp(k);
        for (int i = 0; i < count; i++) {
            if (layout != null) {
                layout.widen(lane.stored, (first - from + i) * layout.bytes(k), k, lane.tile, i * depth);
            } else {
                b.widen(first + i, k, lane.tile, i * depth);
                Arrays.fill(lane.tile, i * depth + k, (i + 1) * depth, 0);
            }
        }
    }

    private void dots(float[] sums, float[] tile, int depth) {
        for (int group = 0; group < rows.groups(); group++) {
            if (rows.together() == 1) {
                oneByFour(sums, rows.elements(), tile, depth);
            } else {
                fourByFour(sums, group * 4 * TOGETHER * Simd.LANES, rows.elements(), rows.at(group, 0), tile, depth);
            }
        }
    }

    /** Adds up the vectors of sums, which are those of four rows of the tile for each row of a. */
    private static void put(FloatTensor c, float beta, int m, float[] sums, int column, int count) {
        for (int i = 0; i < m; i++) {
            for (int q = 0; q < count; q++) {
                float sum = Simd.sum(Simd.load(sums, (TOGETHER * i + q) * Simd.LANES));
                ArrangedRows.put(c.bytes(), i * c.columns() + column + q, beta, sum);
            }
        }
    }

    /** The products of a row with four rows of the tile, as vectors that are yet to be summed. */
    private static void oneByFour(float[] sums, float[] a, float[] b, int k) {
        FloatVector s0 = Simd.zero();
        FloatVector s1 = Simd.zero();
        FloatVector s2 = Simd.zero();
        FloatVector s3 = Simd.zero();
        for (int l = 0; l < k; l += Simd.LANES) {
            FloatVector x = Simd.load(a, l);
            s0 = x.fma(Simd.load(b, l), s0);
            s1 = x.fma(Simd.load(b, l + k), s1);
            s2 = x.fma(Simd.load(b, l + 2 * k), s2);
            s3 = x.fma(Simd.load(b, l + 3 * k), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, Simd.LANES);
        s2.intoArray(sums, 2 * Simd.LANES);
        s3.intoArray(sums, 3 * Simd.LANES);
    }

    /** The same of four rows. */
    private static void fourByFour(float[] sums, int at, float[] a, int aAt, float[] b, int k) {
        FloatVector s00 = Simd.zero();
        FloatVector s01 = Simd.zero();
        FloatVector s02 = Simd.zero();
        FloatVector s03 = Simd.zero();
        FloatVector s10 = Simd.zero();
        FloatVector s11 = Simd.zero();
        FloatVector s12 = Simd.zero();
        FloatVector s13 = Simd.zero();
        FloatVector s20 = Simd.zero();
        FloatVector s21 = Simd.zero();
        FloatVector s22 = Simd.zero();
        FloatVector s23 = Simd.zero();
        FloatVector s30 = Simd.zero();
        FloatVector s31 = Simd.zero();
        FloatVector s32 = Simd.zero();
        FloatVector s33 = Simd.zero();
        for (int l = 0; l < k; l += Simd.LANES, aAt += 4 * Simd.LANES) {
            FloatVector b0 = Simd.load(b, l);
            FloatVector b1 = Simd.load(b, l + k);
            FloatVector b2 = Simd.load(b, l + 2 * k);
            FloatVector b3 = Simd.load(b, l + 3 * k);
            FloatVector x = Simd.load(a, aAt);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            s02 = x.fma(b2, s02);
            s03 = x.fma(b3, s03);
            x = Simd.load(a, aAt + Simd.LANES);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            s12 = x.fma(b2, s12);
            s13 = x.fma(b3, s13);
            x = Simd.load(a, aAt + 2 * Simd.LANES);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            s22 = x.fma(b2, s22);
            s23 = x.fma(b3, s23);
            x = Simd.load(a, aAt + 3 * Simd.LANES);
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
