package org.perk4j.backend.nd4j;

import org.bytedeco.javacpp.FloatPointer;

/** A native product of matrices, on the calling thread. */
interface MatrixProduct {

    /** Row-major {@code c = β·c + α·op(a)·op(b)}. The result is m×n, k is the inner dimension; ld… are lengths of rows. */
    void multiply(int m, int n, int k, float alpha, FloatPointer a, int lda, boolean transposeA, FloatPointer b, int ldb,
                  boolean transposeB, float beta, FloatPointer c, int ldc);
}
