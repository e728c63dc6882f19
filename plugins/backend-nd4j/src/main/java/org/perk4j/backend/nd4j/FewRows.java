package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Products of few rows with a large matrix, as decoding has them at each layer: reading the matrix takes the time, so it is
 * read once for all rows. What a row comes to depends neither on the rows beside it nor on the number of threads.
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

    /** Rows of the matrix that are added at once. */
    private static final int DEPTH = 64;

    private final Workers workers;

    FewRows(Workers workers) {
        this.workers = workers;
    }

    /** @return whether this is faster than BLAS for a product m×n with k the inner dimension */
    static boolean suit(int m, int n, int k, boolean transposeB) {
        return m <= MOST && (long) n * k >= SMALLEST && (!transposeB || k >= SHORTEST_SUM);
    }

    /** {@code c = β·c + α·a·op(b)} without tangents of b, for all rows of a with its tangents. */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, FloatTensor b, boolean transposeB) {
        int m = a.stackedRows();
        int n = c.columns();
        int k = a.columns();
        if (transposeB) {
            int piece = Math.max(4, PIECE / k & -4);
            workers.run(n, piece, (from, to, lane) -> dots(c.bytes(), beta, alpha, a.bytes(), b.bytes(), m, n, k, from, to));
        } else {
            workers.run(n, stripe(n), (from, to, lane) -> sums(c.bytes(), beta, alpha, a.bytes(), b.bytes(), m, n, k, from,
                    to - from));
        }
    }

    /** As wide as fits twice, so that there is work for more than one thread. */
    private static int stripe(int n) {
        return Math.min(STRIPE, Simd.roundedUp((n + 1) / 2));
    }

    /** Columns from … to-1 of c, each a row of b multiplied with all rows of a. */
    private static void dots(ByteBuffer c, float beta, float alpha, ByteBuffer a, ByteBuffer b, int m, int n, int k, int from,
                             int to) {
        int fours = from + (to - from & -4);
        for (int j = from; j < fours; j += 4) {
            int i = 0;
            for (; i + 2 <= m; i += 2) {
                twoByFour(c, i * n + j, n, beta, alpha, a, i * k, b, j * k, k);
            }
            if (i < m) {
                oneByFour(c, i * n + j, beta, alpha, a, i * k, b, j * k, k);
            }
        }
        for (int j = fours; j < to; j++) {
            for (int i = 0; i < m; i++) {
                put(c, i * n + j, beta, alpha, Rows.dot(a, i * k, b, j * k, k));
            }
        }
    }

    private static void twoByFour(ByteBuffer c, int cAt, int n, float beta, float alpha, ByteBuffer a, int aAt, ByteBuffer b,
                                  int bAt, int k) {
        FloatVector s00 = Simd.zero();
        FloatVector s01 = Simd.zero();
        FloatVector s02 = Simd.zero();
        FloatVector s03 = Simd.zero();
        FloatVector s10 = Simd.zero();
        FloatVector s11 = Simd.zero();
        FloatVector s12 = Simd.zero();
        FloatVector s13 = Simd.zero();
        int whole = Simd.whole(k);
        for (int l = 0; l < whole; l += Simd.LANES) {
            FloatVector a0 = Simd.load(a, aAt + l);
            FloatVector a1 = Simd.load(a, aAt + k + l);
            FloatVector b0 = Simd.load(b, bAt + l);
            FloatVector b1 = Simd.load(b, bAt + k + l);
            FloatVector b2 = Simd.load(b, bAt + 2 * k + l);
            FloatVector b3 = Simd.load(b, bAt + 3 * k + l);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
        }
        put(c, cAt, beta, alpha, Simd.sum(s00) + rest(a, aAt, b, bAt, whole, k));
        put(c, cAt + 1, beta, alpha, Simd.sum(s01) + rest(a, aAt, b, bAt + k, whole, k));
        put(c, cAt + 2, beta, alpha, Simd.sum(s02) + rest(a, aAt, b, bAt + 2 * k, whole, k));
        put(c, cAt + 3, beta, alpha, Simd.sum(s03) + rest(a, aAt, b, bAt + 3 * k, whole, k));
        put(c, cAt + n, beta, alpha, Simd.sum(s10) + rest(a, aAt + k, b, bAt, whole, k));
        put(c, cAt + n + 1, beta, alpha, Simd.sum(s11) + rest(a, aAt + k, b, bAt + k, whole, k));
        put(c, cAt + n + 2, beta, alpha, Simd.sum(s12) + rest(a, aAt + k, b, bAt + 2 * k, whole, k));
        put(c, cAt + n + 3, beta, alpha, Simd.sum(s13) + rest(a, aAt + k, b, bAt + 3 * k, whole, k));
    }

    private static void oneByFour(ByteBuffer c, int cAt, float beta, float alpha, ByteBuffer a, int aAt, ByteBuffer b, int bAt,
                                  int k) {
        FloatVector s0 = Simd.zero();
        FloatVector s1 = Simd.zero();
        FloatVector s2 = Simd.zero();
        FloatVector s3 = Simd.zero();
        int whole = Simd.whole(k);
        for (int l = 0; l < whole; l += Simd.LANES) {
            FloatVector x = Simd.load(a, aAt + l);
            s0 = x.fma(Simd.load(b, bAt + l), s0);
            s1 = x.fma(Simd.load(b, bAt + k + l), s1);
            s2 = x.fma(Simd.load(b, bAt + 2 * k + l), s2);
            s3 = x.fma(Simd.load(b, bAt + 3 * k + l), s3);
        }
        put(c, cAt, beta, alpha, Simd.sum(s0) + rest(a, aAt, b, bAt, whole, k));
        put(c, cAt + 1, beta, alpha, Simd.sum(s1) + rest(a, aAt, b, bAt + k, whole, k));
        put(c, cAt + 2, beta, alpha, Simd.sum(s2) + rest(a, aAt, b, bAt + 2 * k, whole, k));
        put(c, cAt + 3, beta, alpha, Simd.sum(s3) + rest(a, aAt, b, bAt + 3 * k, whole, k));
    }

    /** @return what the elements behind the whole vectors add to a product of rows */
    private static float rest(ByteBuffer a, int aAt, ByteBuffer b, int bAt, int whole, int k) {
        return whole == k ? 0 : Rows.dot(a, aAt + whole, b, bAt + whole, k - whole);
    }

    /** {@code c = β·c + α·value}; c is not read if β is 0, it may hold anything. */
    private static void put(ByteBuffer c, int at, float beta, float alpha, float value) {
        c.putFloat(at << 2, beta == 0 ? alpha * value : Math.fma(alpha, value, beta * c.getFloat(at << 2)));
    }

    /** Columns first … first+count-1 of c: the rows of b as each row of a weighs them. */
    private static void sums(ByteBuffer c, float beta, float alpha, ByteBuffer a, ByteBuffer b, int m, int n, int k, int first,
                             int count) {
        for (int i = 0; i < m; i++) {
            if (beta == 0) {
                Rows.fill(c, i * n + first, count, 0);
            } else if (beta != 1) {
                Rows.affine(c, i * n + first, c, i * n + first, count, beta, 0);
            }
        }
        int four = 4 * Simd.LANES;
        int fours = count - count % four;
        for (int l = 0; l < k; l += DEPTH) {
            int depth = Math.min(DEPTH, k - l);
            for (int j = 0; j < fours; j += four) {
                int bAt = l * n + first + j;
                int i = 0;
                for (; i + 2 <= m; i += 2) {
                    addToTwo(c, i * n + first + j, alpha, a, i * k + l, k, b, bAt, n, depth);
                }
                if (i < m) {
                    addToOne(c, i * n + first + j, alpha, a, i * k + l, b, bAt, n, depth);
                }
            }
            for (int j = fours; j < count; j += Simd.LANES) {
                for (int i = 0; i < m; i++) {
                    addVector(c, i * n + first + j, Math.min(Simd.LANES, count - j), alpha, a, i * k + l, b,
                            l * n + first + j, n, depth);
                }
            }
        }
    }

    /** Adds {@code depth} rows of b to two rows of c, in a strip of four vectors. */
    private static void addToTwo(ByteBuffer c, int cAt, float alpha, ByteBuffer a, int aAt, int k, ByteBuffer b, int bAt, int n,
                                 int depth) {
        int w = Simd.LANES;
        FloatVector s00 = Simd.load(c, cAt);
        FloatVector s01 = Simd.load(c, cAt + w);
        FloatVector s02 = Simd.load(c, cAt + 2 * w);
        FloatVector s03 = Simd.load(c, cAt + 3 * w);
        FloatVector s10 = Simd.load(c, cAt + n);
        FloatVector s11 = Simd.load(c, cAt + n + w);
        FloatVector s12 = Simd.load(c, cAt + n + 2 * w);
        FloatVector s13 = Simd.load(c, cAt + n + 3 * w);
        for (int l = 0; l < depth; l++) {
            FloatVector a0 = Simd.all(alpha * a.getFloat(aAt + l << 2));
            FloatVector a1 = Simd.all(alpha * a.getFloat(aAt + k + l << 2));
            int at = bAt + l * n;
            FloatVector b0 = Simd.load(b, at);
            FloatVector b1 = Simd.load(b, at + w);
            FloatVector b2 = Simd.load(b, at + 2 * w);
            FloatVector b3 = Simd.load(b, at + 3 * w);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
        }
        Simd.store(s00, c, cAt);
        Simd.store(s01, c, cAt + w);
        Simd.store(s02, c, cAt + 2 * w);
        Simd.store(s03, c, cAt + 3 * w);
        Simd.store(s10, c, cAt + n);
        Simd.store(s11, c, cAt + n + w);
        Simd.store(s12, c, cAt + n + 2 * w);
        Simd.store(s13, c, cAt + n + 3 * w);
    }

    private static void addToOne(ByteBuffer c, int cAt, float alpha, ByteBuffer a, int aAt, ByteBuffer b, int bAt, int n,
                                 int depth) {
        int w = Simd.LANES;
        FloatVector s0 = Simd.load(c, cAt);
        FloatVector s1 = Simd.load(c, cAt + w);
        FloatVector s2 = Simd.load(c, cAt + 2 * w);
        FloatVector s3 = Simd.load(c, cAt + 3 * w);
        for (int l = 0; l < depth; l++) {
            FloatVector factor = Simd.all(alpha * a.getFloat(aAt + l << 2));
            int at = bAt + l * n;
            s0 = factor.fma(Simd.load(b, at), s0);
            s1 = factor.fma(Simd.load(b, at + w), s1);
            s2 = factor.fma(Simd.load(b, at + 2 * w), s2);
            s3 = factor.fma(Simd.load(b, at + 3 * w), s3);
        }
        Simd.store(s0, c, cAt);
        Simd.store(s1, c, cAt + w);
        Simd.store(s2, c, cAt + 2 * w);
        Simd.store(s3, c, cAt + 3 * w);
    }

    /** The same in a strip of one vector, of which the first {@code count} elements count. */
    private static void addVector(ByteBuffer c, int cAt, int count, float alpha, ByteBuffer a, int aAt, ByteBuffer b, int bAt,
                                  int n, int depth) {
        FloatVector sum = Simd.load(c, cAt);
        for (int l = 0; l < depth; l++) {
            sum = Simd.all(alpha * a.getFloat(aAt + l << 2)).fma(Simd.load(b, bAt + l * n), sum);
        }
        Simd.store(sum, c, cAt, count);
    }
}
