package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Products of few rows with a large matrix, as decoding has them at each layer: reading the matrix takes the time, so it is
 * read once for all rows. The result of a row depends neither on the rows beside it nor on the number of threads.
 *
 * <p>The loops over strips of columns stand in {@link Bfloat16FewRows} again. As one form for both, with a flag for the type
 * of the elements, they were 3 to 7 times slower in a process that uses both: where branches that load vectors merge, the
 * compiler no longer keeps these in registers.
 */
final class FewRows {

    /** More rows than this keep BLAS busy enough to be worth its packing. */
    private static final int MOST = 16;

    /** Smaller matrices stay in the caches, and BLAS has less to set up. */
    private static final long SMALLEST = 50_000;

    /** Sums over so few elements would take longer to add up across the vector than to form. */
    private static final int SHORTEST_SUM = 64;

    /** Elements of the matrix in a piece of work that rows are summed over: a few microseconds. */
    private static final int PIECE = 32_768;

    /** Columns of a piece of work that goes down the matrix: of so many rows of it, both pages and caches have enough. */
    private static final int STRIPE = 512;

    /** Columns that are added up at once. */
    private static final int STRIP = 4 * Simd.LANES;

    /** Rows of the matrix that are added up before the next strip. */
    private static final int DEPTH = 64;

    private final Workers workers;
    private final ArrangedRows rows;

    FewRows(Workers workers) {
        this.workers = workers;
        rows = new ArrangedRows(workers.lanes());
    }

    /** @return whether this is faster than BLAS for a product m×n with k the inner dimension */
    static boolean suit(int m, int n, int k, boolean transposeB) {
        return m <= MOST && (long) n * k >= SMALLEST && (!transposeB || k >= SHORTEST_SUM);
    }

    /** Rows of a matrix, one after another, from an element on. */
    record Piece(ByteBuffer bytes, int at) {
    }

    /** Provides rows from … to-1 of a matrix to the thread of a lane, which then no longer needs those before. */
    @FunctionalInterface
    interface Source {
        Piece rows(int from, int to, int lane);
    }

    /** {@code c = β·c + α·a·bᵀ}, for all rows of a with its tangents, with a few rows of b at a time. */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, int piece, Source b) {
        rows.arrange(a, alpha, Simd.LANES);
        workers.run(c.columns(), piece, (from, to, lane) -> dots(c, beta, alpha, a, b.rows(from, to, lane), from, to,
                rows.sums(lane, STRIP)));
    }

    /** {@code c = β·c + α·a·op(b)} without tangents of b, for all rows of a with its tangents. */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, FloatTensor b, boolean transposeB) {
        int n = c.columns();
        int k = a.columns();
        if (transposeB) {
            multiply(c, beta, alpha, a, Math.max(4, PIECE / k & -4), (from, to, lane) -> new Piece(b.bytes(), from * k));
        } else {
            rows.arrange(a, alpha, 1);
            int stripe = Math.min(STRIPE, ((n + 1) / 2 + STRIP - 1) / STRIP * STRIP);
            workers.run(n, stripe, (from, to, lane) -> sums(c, beta, a.stackedRows(), b.bytes(), k, from, to - from,
                    rows.sums(lane, stripe)));
        }
    }

    /** Columns from … to-1 of c, each a row of the piece multiplied with all rows of a. */
    private void dots(FloatTensor c, float beta, float alpha, FloatTensor a, Piece piece, int from, int to, float[] sums) {
        ByteBuffer b = piece.bytes();
        int m = a.stackedRows();
        int n = c.columns();
        int k = a.columns();
        int whole = Simd.whole(k);
        int together = rows.together();
        int fours = from + (to - from & -4);
        for (int j = from; j < fours; j += 4) {
            int at = piece.at() + (j - from) * k;
            for (int group = 0; group < rows.groups(); group++) {
                if (together == 1) {
                    oneByFour(sums, rows.elements(), 0, b, at, k, whole);
                } else {
                    fourByFour(sums, rows.elements(), rows.at(group, 0), b, at, k, whole);
                }
                int first = group * together;
                for (int i = 0; i < Math.min(together, m - first); i++) {
                    for (int q = 0; q < 4; q++) {
                        float sum = Simd.sum(Simd.load(sums, (4 * i + q) * Simd.LANES));
                        float rest = whole == k ? 0
                                : alpha * Rows.dot(a.bytes(), (first + i) * k + whole, b, at + q * k + whole, k - whole);
                        ArrangedRows.put(c.bytes(), (first + i) * n + j + q, beta, sum + rest);
                    }
                }
            }
        }
        for (int j = fours; j < to; j++) {
            for (int i = 0; i < m; i++) {
                ArrangedRows.put(c.bytes(), i * n + j, beta,
                        alpha * Rows.dot(a.bytes(), i * k, b, piece.at() + (j - from) * k, k));
            }
        }
    }

    /** The products of a row with four rows of b, as vectors that are yet to be summed, of as much as whole vectors hold. */
    private static void oneByFour(float[] sums, float[] a, int aAt, ByteBuffer b, int bAt, int k, int whole) {
        FloatVector s0 = Simd.zero();
        FloatVector s1 = Simd.zero();
        FloatVector s2 = Simd.zero();
        FloatVector s3 = Simd.zero();
        for (int l = 0; l < whole; l += Simd.LANES, aAt += Simd.LANES, bAt += Simd.LANES) {
            FloatVector b0 = Simd.load(b, bAt);
            FloatVector b1 = Simd.load(b, bAt + k);
            FloatVector b2 = Simd.load(b, bAt + 2 * k);
            FloatVector b3 = Simd.load(b, bAt + 3 * k);
            FloatVector x = Simd.load(a, aAt);
            s0 = x.fma(b0, s0);
            s1 = x.fma(b1, s1);
            s2 = x.fma(b2, s2);
            s3 = x.fma(b3, s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, Simd.LANES);
        s2.intoArray(sums, 2 * Simd.LANES);
        s3.intoArray(sums, 3 * Simd.LANES);
    }

    /** The same of four rows. */
    private static void fourByFour(float[] sums, float[] a, int aAt, ByteBuffer b, int bAt, int k, int whole) {
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
        for (int l = 0; l < whole; l += Simd.LANES, aAt += 4 * Simd.LANES, bAt += Simd.LANES) {
            FloatVector b0 = Simd.load(b, bAt);
            FloatVector b1 = Simd.load(b, bAt + k);
            FloatVector b2 = Simd.load(b, bAt + 2 * k);
            FloatVector b3 = Simd.load(b, bAt + 3 * k);
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
        s00.intoArray(sums, 0);
        s01.intoArray(sums, Simd.LANES);
        s02.intoArray(sums, 2 * Simd.LANES);
        s03.intoArray(sums, 3 * Simd.LANES);
        s10.intoArray(sums, 4 * Simd.LANES);
        s11.intoArray(sums, 5 * Simd.LANES);
        s12.intoArray(sums, 6 * Simd.LANES);
        s13.intoArray(sums, 7 * Simd.LANES);
        s20.intoArray(sums, 8 * Simd.LANES);
        s21.intoArray(sums, 9 * Simd.LANES);
        s22.intoArray(sums, 10 * Simd.LANES);
        s23.intoArray(sums, 11 * Simd.LANES);
        s30.intoArray(sums, 12 * Simd.LANES);
        s31.intoArray(sums, 13 * Simd.LANES);
        s32.intoArray(sums, 14 * Simd.LANES);
        s33.intoArray(sums, 15 * Simd.LANES);
    }

    /** Columns first … first+count-1 of c: the rows of b, weighted by each row of a. */
    private void sums(FloatTensor c, float beta, int m, ByteBuffer b, int k, int first, int count, float[] sums) {
        int n = c.columns();
        int together = rows.together();
        int ofGroup = together * STRIP;
        int ofStrip = rows.groups() * ofGroup;
        int whole = count - count % STRIP;
        int tail = whole / STRIP * ofStrip;
        for (int l = 0; l < k; l += DEPTH) {
            int depth = Math.min(DEPTH, k - l);
            for (int j = 0; j < whole; j += STRIP) {
                for (int group = 0; group < rows.groups(); group++) {
                    int at = j / STRIP * ofStrip + group * ofGroup;
                    if (together == 1) {
                        addToOne(sums, at, rows.elements(), l, b, l * n + first + j, n, depth);
                    } else {
                        addToFour(sums, at, rows.elements(), rows.at(group, l), b, l * n + first + j, n, depth);
                    }
                }
            }
        }
        for (int i = 0; i < m; i++) {
            int ofRow = i / together * ofGroup + i % together * STRIP;
            for (int j = 0; j < whole; j += STRIP) {
                ArrangedRows.put(c.bytes(), i * n + first + j, beta, sums, j / STRIP * ofStrip + ofRow, STRIP);
            }
            for (int j = whole; j < count; j += Simd.LANES) {
                vector(sums, tail, rows.elements(), rows.at(i / together, 0) + i % together, together, b, first + j, n, k);
                ArrangedRows.put(c.bytes(), i * n + first + j, beta, sums, tail, Math.min(Simd.LANES, count - j));
            }
        }
    }

    /** Adds weighted rows of b to a row of sums, in a strip. */
    private static void addToOne(float[] sums, int at, float[] a, int aAt, ByteBuffer b, int bAt, int n, int count) {
        FloatVector s0 = Simd.load(sums, at);
        FloatVector s1 = Simd.load(sums, at + Simd.LANES);
        FloatVector s2 = Simd.load(sums, at + 2 * Simd.LANES);
        FloatVector s3 = Simd.load(sums, at + 3 * Simd.LANES);
        for (int l = 0; l < count; l++, aAt++, bAt += n) {
            FloatVector b0 = Simd.load(b, bAt);
            FloatVector b1 = Simd.load(b, bAt + Simd.LANES);
            FloatVector b2 = Simd.load(b, bAt + 2 * Simd.LANES);
            FloatVector b3 = Simd.load(b, bAt + 3 * Simd.LANES);
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
    private static void addToFour(float[] sums, int at, float[] a, int aAt, ByteBuffer b, int bAt, int n, int count) {
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
        for (int l = 0; l < count; l++, aAt += 4, bAt += n) {
            FloatVector b0 = Simd.load(b, bAt);
            FloatVector b1 = Simd.load(b, bAt + Simd.LANES);
            FloatVector b2 = Simd.load(b, bAt + 2 * Simd.LANES);
            FloatVector b3 = Simd.load(b, bAt + 3 * Simd.LANES);
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

    /** Adds up all weighted rows of b in the columns of a vector; what is behind the last column doesn't count. */
    private static void vector(float[] sum, int at, float[] a, int aAt, int step, ByteBuffer b, int bAt, int n, int k) {
        FloatVector s = Simd.zero();
        for (int l = 0; l < k; l++) {
            s = Simd.all(a[aAt + l * step]).fma(Simd.load(b, bAt + l * n), s);
        }
        s.intoArray(sum, at);
    }
}
