package org.perk4j.backend.nd4j;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** ND4J's BLAS. */
final class OpenBlas implements MatrixProduct {

    @Override
    public void multiply(int m, int n, int k, float alpha, FloatPointer a, int lda, boolean transposeA, FloatPointer b,
            int ldb,
                         boolean transposeB, float beta, FloatPointer c, int ldc) {
        openblas_nolapack.cblas_sgemm(openblas_nolapack.CblasRowMajor, operation(transposeA), operation(transposeB), m, n, k,
                alpha, a, lda, b, ldb, beta, c, ldc);
    }

    static int operation(boolean transpose) {
        return transpose ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans;
    }
}
