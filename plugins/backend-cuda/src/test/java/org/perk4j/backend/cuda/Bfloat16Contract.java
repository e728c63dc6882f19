package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Products of bfloat16: how far they may be off, and that they are what they are called. */
abstract class Bfloat16Contract {

    /** Half the distance from 1 to the next number of bfloat16, which has 8 bits: what rounding to it costs at most. */
    private static final double ROUNDING = 0x1p-8;

    /** The same for float. */
    private static final double FLOAT_ROUNDING = 0x1p-24;

    abstract Backend backend();

    /** Two rounded factors, and a sum of k terms in single precision in whatever order. */
    private static double allowed(int k) {
        return 2 * ROUNDING + ROUNDING * ROUNDING + 2 * k * FLOAT_ROUNDING;
    }

    private static double[] random(int seed, int size) {
        Random random = new Random(seed);
        return random.doubles(size, -2, 2).map(x -> (float) x).toArray();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,false,false", "7,5,3,false,false", "7,5,3,true,false", "7,5,3,false,true", "7,5,3,true,true",
        "33,130,65,false,false", "64,64,768,false,true", "17,9,1000,true,false"})
    void errorsAreBounded(int m, int n, int k, boolean transposeA, boolean transposeB) {
        double[] a = random(1, m * k);
        double[] b = random(2, k * n);
        double[] da = random(3, m * k);
        double[] db = random(4, k * n);
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Shape left = transposeA ? new Shape(k, m) : new Shape(m, k);
            Shape right = transposeB ? new Shape(n, k) : new Shape(k, n);
            Tensor product = compute.matmul(
                    compute.dual(compute.constant(left, a), compute.constant(left, da)), transposeA,
                    compute.dual(compute.constant(right, b), compute.constant(right, db)), transposeB);
            double[] value = compute.download(product);
            double[] tangent = compute.download(compute.tangent(product));
            double worst = 0;
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double exact = 0;
                    double magnitude = 0;
                    double exactTangent = 0;
                    double tangentMagnitude = 0;
                    for (int p = 0; p < k; p++) {
                        int x = transposeA ? p * m + i : i * k + p;
                        int y = transposeB ? j * k + p : p * n + j;
                        exact += a[x] * b[y];
                        magnitude += Math.abs(a[x] * b[y]);
                        exactTangent += da[x] * b[y] + a[x] * db[y];
                        tangentMagnitude += Math.abs(da[x] * b[y]) + Math.abs(a[x] * db[y]);
                    }
                    double error = Math.abs(value[i * n + j] - exact);
                    worst = Math.max(worst, error / magnitude);
                    assertTrue(error <= allowed(k) * magnitude, "value " + i + ", " + j + ": off by " + error);
                    double tangentError = Math.abs(tangent[i * n + j] - exactTangent);
                    assertTrue(tangentError <= allowed(2 * k) * tangentMagnitude,
                            "tangent " + i + ", " + j + ": off by " + tangentError);
                }
            }
            assertTrue(worst > 100 * FLOAT_ROUNDING, "that was no product of bfloat16: off by " + worst + " only");
        }
    }

    /** Whole numbers to 256 are numbers of bfloat16, and their sums floats. */
    @Test
    void whatNeedsNoRoundingIsExact() {
        double[] a = new Random(5).ints(300, -256, 257).asDoubleStream().toArray();
        double[] expected = new double[9];
        for (int i = 0; i < 9; i++) {
            for (int p = 0; p < 100; p++) {
                expected[i] += a[i / 3 * 100 + p] * a[i % 3 * 100 + p];
            }
        }
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor x = compute.constant(new Shape(3, 100), a);
            assertArrayEquals(expected, compute.download(compute.matmul(x, false, x, true)));
        }
    }

    @Test
    void roundsToTheNearestOrElseToTheEven() {
        double[] x = {1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-8 + 0x1p-20, -1 - 0x1p-9, 0x1p-133, 3.4e38, Double.NaN, -0.0};
        double[] rounded = {1, 1 + 0x1p-6, 1 + 0x1p-7, -1, 0x1p-133, Double.POSITIVE_INFINITY, Double.NaN, 0};
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor column = compute.constant(new Shape(x.length, 1), x);
            assertArrayEquals(rounded, compute.download(compute.matmul(column, compute.fill(Shape.SCALAR, 1))), 0);
        }
    }

    @Test
    void doublesStayDoubles() {
        try (Compute compute = backend().open(DType.FLOAT64)) {
            double[] x = {1 + 0x1p-50, 3};
            Tensor product = compute.matmul(compute.constant(new Shape(2, 1), x), compute.fill(Shape.SCALAR, 1));
            assertArrayEquals(x, compute.download(product));
        }
    }
}
