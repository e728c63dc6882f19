package org.perk4j.backend.nd4j;

import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Matrix products by a native library, called directly, at some tenths of a microsecond per call. Large ones are cut into
 * pieces along the longer side of the result, by their shape alone, and distributed to the workers; the library runs one
 * thread.
 */
final class FloatGemm {

    /** A product with less arithmetic than this ends before another thread would have begun. */
    private static final long ALONE = 400_000;

    /** A piece narrower than this spends its time on packing the other factor. */
    private static final int NARROWEST = 192;

    private static final int MOST_PIECES = 16;

    /** Up to this number of rows BLAS is faster row by row, since it would otherwise pack the whole other factor. */
    private static final int FEW_ROWS = 12;

    private static final int ROW_MAJOR = openblas_nolapack.CblasRowMajor;

    private final Workers workers;
    private final MatrixProduct product;
    private final Operands[] lanes;

    FloatGemm(Workers workers, MatrixProduct product) {
        this.workers = workers;
        this.product = product;
        lanes = new Operands[workers.lanes()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Operands();
        }
    }

    /** {@code c = β·c + α·op(a)·op(b)}, with all workers. The result is m×n, k is the inner dimension. */
    void multiply(int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb,
                  boolean transposeB, float beta, long c, int ldc) {
        if (2L * m * n * k < ALONE) {
            multiply(0, m, n, k, alpha, a, lda, transposeA, b, ldb, transposeB, beta, c, ldc);
        } else if (n >= m) {
            workers.run(n, piece(n), (from, to, lane) -> multiply(lane, m, to - from, k, alpha, a, lda, transposeA,
                    at(b, from, ldb, transposeB), ldb, transposeB, beta, at(c, from, ldc, false), ldc));
        } else {
            workers.run(m, piece(m), (from, to, lane) -> multiply(lane, to - from, n, k, alpha,
                    at(a, from, lda, !transposeA), lda, transposeA, b, ldb, transposeB, beta,
                    at(c, from, ldc, true), ldc));
        }
    }

    /** The size of a piece: the number of pieces is a power of two, so that they are distributed evenly. */
    private static int piece(int side) {
        int pieces = Math.max(2, Math.min(MOST_PIECES, Integer.highestOneBit(side / NARROWEST)));
        return ((side + pieces - 1) / pieces + 15) & -16;
    }

    /** @return the address of a row, or of a column */
    private static long at(long matrix, int index, int ld, boolean row) {
        return matrix + (row ? (long) index * ld : index) * Float.BYTES;
    }

    /** The same on the calling thread, which has the given lane. */
    void multiply(int lane, int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb,
                  boolean transposeB, float beta, long c, int ldc) {
        if (m == 0 || n == 0) {
            return;
        }
        if (n == 1) {
            matrixByVector(lane, m, k, alpha, a, lda, transposeA, b, transposeB ? 1 : ldb, beta, c, ldc);
        } else if (m <= FEW_ROWS) {
            for (int i = 0; i < m; i++) {
                matrixByVector(lane, n, k, alpha, b, ldb, !transposeB, at(a, i, lda, !transposeA), transposeA ? lda : 1,
                        beta, at(c, i, ldc, true), 1);
            }
        } else {
            Operands o = lanes[lane].pointedAt(a, b, c);
            product.multiply(m, n, k, alpha, o.a, lda, transposeA, o.b, ldb, transposeB, beta, o.c, ldc);
        }
    }

    /** {@code y = β·y + α·op(a)·x}, where y has n elements and x has k. */
    private void matrixByVector(int lane, int n, int k, float alpha, long a, int lda, boolean transpose, long x, int xStep,
                                float beta, long y, int yStep) {
        Operands o = lanes[lane].pointedAt(a, x, y);
        openblas_nolapack.cblas_sgemv(ROW_MAJOR, OpenBlas.operation(transpose), transpose ? k : n, transpose ? n : k, alpha,
                o.a, lda, o.b, xStep, beta, o.c, yStep);
    }

    /** The arguments of calls through JavaCPP, reused for each call. */
    private static final class Operands {

        private final Cursor a = new Cursor();
        private final Cursor b = new Cursor();
        private final Cursor c = new Cursor();

        Operands pointedAt(long addressA, long addressB, long addressC) {
            a.at(addressA);
            b.at(addressB);
            c.at(addressC);
            return this;
        }
    }
}
