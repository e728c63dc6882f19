package org.perk4j.backend.nd4j;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.perk4j.compute.Products;

/** Matrix products by ND4J's BLAS for the plain-Java backend, which computes in double precision on the heap. */
final class BlasProducts implements Products {

    @Override
    public void addProduct(double[] c, double alpha, double[] a, boolean transposeA, double[] b, boolean transposeB, int m,
                           int n, int k) {
        if (m == 0 || n == 0 || k == 0) {
            return;
        }
        openblas_nolapack.cblas_dgemm(openblas_nolapack.CblasRowMajor, OpenBlas.operation(transposeA),
                OpenBlas.operation(transposeB), m, n, k, alpha, a, transposeA ? m : k, b, transposeB ? k : n, 1, c, n);
    }
}
