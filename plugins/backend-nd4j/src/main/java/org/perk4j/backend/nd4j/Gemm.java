package org.perk4j.backend.nd4j;

/**
 * Products of matrices by all workers; the result, at least, is given by its address. A result is m×n, k is the inner
 * dimension.
 */
interface Gemm {

    /** {@code c = β·c + α·op(a)·op(b)}. */
    void multiply(int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb, boolean transposeB,
                  float beta, long c, int ldc);

    /** {@code c = β·c + α·a·op(b)}. */
    void multiply(int m, int n, int k, float alpha, long a, int lda, NarrowTensor b, boolean transposeB, float beta, long c,
                  int ldc);

    /** {@code c = β·c + α·a·op(b)}, with the value of b, however it holds its elements. */
    default void multiply(int m, int n, int k, float alpha, long a, int lda, CpuTensor b, boolean transposeB, float beta,
                          long c, int ldc) {
        if (b instanceof NarrowTensor narrow) {
            multiply(m, n, k, alpha, a, lda, narrow, transposeB, beta, c, ldc);
        } else {
            multiply(m, n, k, alpha, a, lda, false, ((FloatTensor) b).address(0), Math.max(1, b.columns()), transposeB, beta,
                    c, ldc);
        }
    }
}
