package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Tests of a backend that rounds the factors of its float products, to bfloat16 unless it says otherwise: how large the
 * errors may be, and that it really rounds. A backend may leave small products unrounded; those in these tests are large
 * enough.
 */
@ConsumerType
public abstract class RoundedProductsContract {

    /** Half the distance from 1 to the next float: what rounding to it costs at most. */
    private static final double FLOAT_ROUNDING = 0x1p-24;

    /** Called by JUnit. */
    protected RoundedProductsContract() {
    }

    /** @return the backend under test */
    protected abstract Backend backend();

    /**
     * @return what rounding a factor costs at most, relative to it: half the distance from 1 to the next number if it is to
     *         the nearest, so 2⁻⁸ for bfloat16, which has 8 bits
     */
    protected double rounding() {
        return 0x1p-8;
    }

    /** @return whether all products of these tests are rounded, and not only those of shapes that are faster for it */
    protected boolean roundsAll() {
        return true;
    }

    /** Two rounded factors, and a sum of k terms in single precision in whatever order. */
    private double allowed(int k) {
        return 2 * rounding() + rounding() * rounding() + 2 * k * FLOAT_ROUNDING;
    }

    private static double[] random(int seed, int size) {
        return new Random(seed).doubles(size, -2, 2).map(x -> (float) x).toArray();
    }

    @ParameterizedTest
    @CsvSource({"16,128,64,false,false", "33,130,65,false,false", "70,300,1100,false,true", "70,300,1100,true,false",
        "40,257,129,true,true", "600,130,70,true,false"})
    void errorsAreBounded(int m, int n, int k, boolean transposeA, boolean transposeB) {
        assertErrorsAreBounded(m, n, k, transposeA, transposeB);
    }

    /** Multiplies an m×k by a k×n matrix, both with tangents, and checks value and tangent. */
    protected final void assertErrorsAreBounded(int m, int n, int k, boolean transposeA, boolean transposeB) {
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
            assertTrue(!roundsAll() || worst > 100 * FLOAT_ROUNDING, "nothing was rounded: off by " + worst + " only");
        }
    }

    /** Whole numbers to 256 are numbers of bfloat16, and their sums floats. */
    @Test
    void whatNeedsNoRoundingIsExact() {
        int rows = 130;
        int inner = 100;
        double[] a = new Random(5).ints(rows * inner, -256, 257).asDoubleStream().toArray();
        double[] b = new Random(6).ints(rows, -256, 257).asDoubleStream().toArray();
        double[] expected = new double[rows * rows];
        double[] shifted = new double[rows * rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                for (int p = 0; p < inner; p++) {
                    expected[i * rows + j] += a[i * inner + p] * a[j * inner + p];
                    shifted[i * rows + j] += a[i * inner + p] * a[p * rows + j];
                }
                shifted[i * rows + j] += b[j];
            }
        }
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor x = compute.constant(new Shape(rows, inner), a);
            assertArrayEquals(expected, compute.download(compute.matmul(x, false, x, true)));
            Tensor weight = compute.constant(new Shape(inner, rows), a);
            assertArrayEquals(shifted, compute.download(compute.linear(x, weight, compute.constant(new Shape(1, rows), b))));
        }
    }

    /** What is held in bfloat16 needs no rounding: the product is the same as with floats of the same values. */
    @Test
    void aMatrixInBfloat16IsMultipliedAsItIs() {
        Shape shape = new Shape(330, 200);
        short[] halves = Bfloat16Contract.narrow(
                IntStream.range(0, (int) shape.size()).mapToDouble(i -> (i * 37 % 201 - 100) / 64.0).toArray());
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor narrow = compute.uploadBfloat16(shape, ShortBuffer.wrap(halves));
            Tensor wide = compute.constant(shape, Bfloat16Contract.widened(halves));
            for (boolean transpose : new boolean[] {false, true, false}) {
                Shape left = new Shape(40, transpose ? shape.columns() : shape.rows());
                Tensor x = compute.constant(left, random(7, (int) left.size()));
                assertArrayEquals(compute.download(compute.matmul(x, false, wide, transpose)),
                        compute.download(compute.matmul(x, false, narrow, transpose)), "transposed: " + transpose);
            }
        }
    }

    @Test
    void doublesStayDoubles() {
        double[] x = new double[130];
        Arrays.fill(x, 1 + 0x1p-50);
        double[] expected = new double[130 * 130];
        Arrays.fill(expected, x[0]);
        try (Compute compute = backend().open(DType.FLOAT64)) {
            Tensor column = compute.constant(new Shape(130, 1), x);
            assertArrayEquals(expected, compute.download(compute.matmul(column, compute.fill(new Shape(1, 130), 1))));
        }
    }
}
