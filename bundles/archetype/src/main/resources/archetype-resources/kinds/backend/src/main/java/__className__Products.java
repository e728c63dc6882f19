package ${package};

import java.util.stream.IntStream;
import org.perk4j.compute.Products;

/**
 * Several threads share the rows of a product. Each element is summed by a single thread, always in the same order, so the
 * result doesn't depend on how many there are.
 */
final class ${className}Products implements Products {

    /** Multiplications. With fewer of them, one thread is done before others have begun. */
    private static final long WORTH_SHARING = 1 << 16;

    @Override
    public void addProduct(double[] c, double alpha, double[] a, boolean transposeA, double[] b, boolean transposeB,
                           int m, int n, int k) {
        double[] factor = transposeB ? transposed(b, n, k) : b;
        IntStream rows = IntStream.range(0, m);
        ((long) m * n * k < WORTH_SHARING ? rows : rows.parallel()).forEach(i -> {
            for (int p = 0; p < k; p++) {
                double scale = alpha * (transposeA ? a[p * m + i] : a[i * k + p]);
                for (int j = 0; j < n; j++) { // along rows of both, which processors are fast at
                    c[i * n + j] += scale * factor[p * n + j];
                }
            }
        });
    }

    private static double[] transposed(double[] b, int rows, int columns) {
        double[] transposed = new double[b.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                transposed[j * rows + i] = b[i * columns + j];
            }
        }
        return transposed;
    }
}
