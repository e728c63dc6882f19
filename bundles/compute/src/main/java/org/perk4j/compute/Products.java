package org.perk4j.compute;

import org.osgi.annotation.versioning.ConsumerType;

/** Matrix products for {@link JavaCompute}, so that a native library can compute them. Thread-safe. */
@ConsumerType
@FunctionalInterface
public interface Products {

    /**
     * Adds {@code α·op(a)·op(b)} to {@code c}, all in row-major order; op transposes a factor whose flag is set.
     *
     * @param c {@code m×n}
     * @param a {@code m×k}, or {@code k×m} if transposed
     * @param b {@code k×n}, or {@code n×k} if transposed
     */
    void addProduct(double[] c, double alpha, double[] a, boolean transposeA, double[] b, boolean transposeB,
                    int m, int n, int k);

    /** Plain loops, the innermost over contiguous elements of {@code b} and {@code c}. */
    Products LOOPS = (c, alpha, a, transposeA, b, transposeB, m, n, k) -> {
        double[] rows = transposeB ? transposed(b, n, k) : b;
        for (int i = 0; i < m; i++) {
            for (int p = 0; p < k; p++) {
                addScaled(c, i * n, alpha * (transposeA ? a[p * m + i] : a[i * k + p]), rows, p * n, n);
            }
        }
    };

    private static void addScaled(double[] c, int to, double factor, double[] b, int from, int count) {
        for (int j = 0; j < count; j++) {
            c[to + j] += factor * b[from + j];
        }
    }

    private static double[] transposed(double[] b, int rows, int columns) {
        double[] t = new double[b.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                t[j * rows + i] = b[i * columns + j];
            }
        }
        return t;
    }
}
