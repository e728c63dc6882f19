package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The native libraries multiply parts of matrices, transposed or not, and add to what is there; nothing else is touched. */
class MatrixProductTest {

    /** Of the sum of absolute terms: single precision rounds each of at most 70 of them to 6e-8. */
    private static final double TOLERANCE = 5e-6;

    private enum Library {
        ONE_DNN(OneDnn::new), OPEN_BLAS(OpenBlas::new);

        private final Supplier<MatrixProduct> product;

        Library(Supplier<MatrixProduct> product) {
            this.product = product;
        }
    }

    private final Random random = new Random(4);

    @BeforeAll
    static void load() {
        assertTrue(OneDnn.mayRun(), "the build sets " + OneDnn.ENVIRONMENT);
        Natives.load();
    }

    @ParameterizedTest
    @EnumSource
    void multiplies(Library library) {
        MatrixProduct product = library.product.get();
        int[] sizes = {1, 2, 3, 15, 16, 17, 31, 48, 70};
        for (int i = 0; i < 200; i++) {
            int m = sizes[random.nextInt(sizes.length)];
            int n = sizes[random.nextInt(sizes.length)];
            int k = sizes[random.nextInt(sizes.length)];
            check(product, m, n, k, random.nextBoolean(), random.nextBoolean(), random.nextBoolean() ? 0 : -0.5f, i % 3);
        }
    }

    /** @param gap how much longer the rows are than what is multiplied */
    private void check(MatrixProduct product, int m, int n, int k, boolean transposeA, boolean transposeB, float beta,
            int gap) {
        int lda = (transposeA ? m : k) + gap;
        int ldb = (transposeB ? k : n) + gap;
        int ldc = n + gap;
        float[] a = values((transposeA ? k : m) * lda);
        float[] b = values((transposeB ? n : k) * ldb);
        float[] before = values(m * ldc);
        float[] after = new float[m * ldc];
        try (FloatPointer first = new FloatPointer(a); FloatPointer second = new FloatPointer(b);
                FloatPointer result = new FloatPointer(before)) {
            product.multiply(m, n, k, 2, first, lda, transposeA, second, ldb, transposeB, beta, result, ldc);
            result.get(after);
        }
        String shape = m + "×" + n + "×" + k + (transposeA ? " aᵀ" : "") + (transposeB ? " bᵀ" : "") + ", rows longer by "
                + gap;
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < ldc; column++) {
                int at = row * ldc + column;
                if (column >= n) {
                    assertEquals(before[at], after[at], shape + ": beside the result");
                    continue;
                }
                double sum = beta * before[at];
                double size = Math.abs(sum);
                for (int inner = 0; inner < k; inner++) {
                    double term = 2.0 * a[transposeA ? inner * lda + row : row * lda + inner]
                            * b[transposeB ? column * ldb + inner : inner * ldb + column];
                    sum += term;
                    size += Math.abs(term);
                }
                assertEquals(sum, after[at], TOLERANCE * size, shape);
            }
        }
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
