package org.perk4j.backend.nd4j;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;

/**
 * oneDNN, which compiles its products for the processor at hand; narrow ones take half as long as with ND4J's BLAS.
 *
 * <p>It uses OpenMP, which would run as many threads as there are processors for each calling thread, unless the environment
 * of the process says otherwise. So oneDNN is used only if that sets one thread, as bin/perk does.
 */
final class OneDnn implements MatrixProduct {

    private static final String THREADS = "OMP_NUM_THREADS";
    private static final String ONE = "1";

    /** The environment setting that oneDNN needs. */
    static final String ENVIRONMENT = THREADS + "=" + ONE;

    private static final byte AS_IS = 'N';
    private static final byte TRANSPOSED = 'T';

    static boolean mayRun() {
        return ONE.equals(System.getenv(THREADS));
    }

    /** Called by {@link Natives} only. */
    static void load() {
        Loader.load(dnnl.class);
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, FloatPointer a, int lda, boolean transposeA, FloatPointer b,
            int ldb,
                         boolean transposeB, float beta, FloatPointer c, int ldc) {
        int status = dnnl.dnnl_sgemm(operation(transposeA), operation(transposeB), m, n, k, alpha, a, lda, b, ldb, beta, c,
                ldc);
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN: status " + status + " of a product of " + m + "×" + k + " and " + k
                    + "×" + n);
        }
    }

    private static byte operation(boolean transpose) {
        return transpose ? TRANSPOSED : AS_IS;
    }
}
