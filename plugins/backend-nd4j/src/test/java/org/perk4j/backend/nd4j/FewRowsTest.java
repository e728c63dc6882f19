package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.ShortBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.compute.Lifetimes;
import org.perk4j.tensor.Shape;

/**
 * Each element of a product of few rows is summed in the order of the inner dimension, with one rounding a term. So it is
 * the same to the bit as that of a plain loop, in whatever strip, group of rows or piece of work it lies.
 */
class FewRowsTest {

    /** Whole strips of any width of vectors and none, and several stripes of them. */
    private static final int[] COLUMNS = {1, 31, 256, 777, 1100};

    /** On both sides of the rows that are summed before the next strip. */
    private static final int[] INNER = {1, 64, 128, 203};

    private final Random random = new Random(5);
    private final Workers workers = new Workers(3);
    private final Arena arena = new Arena();
    private final Memory memory = new Memory(arena, new Lifetimes());

    @BeforeEach
    void load() {
        Natives.load();
    }

    @AfterEach
    void close() {
        memory.close();
        arena.clear();
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9, 16})
    void ofFloats(int rows) {
        FewRows kernel = new FewRows(workers);
        for (int n : COLUMNS) {
            for (int k : INNER) {
                float[] elements = floats(k * n);
                FloatTensor b = memory.tensor(new Shape(k, n), false);
                b.floats().put(0, elements);
                check(rows, n, k, elements, (c, beta, alpha, a) -> kernel.multiply(c, beta, alpha, a, b, false));
            }
        }
    }

    /** Also of the transpose, since that is stored instead as soon as it is asked for. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9, 16})
    void ofBfloat16(int rows) {
        Bfloat16FewRows kernel = new Bfloat16FewRows(workers, memory);
        for (int n : COLUMNS) {
            for (int k : INNER) {
                short[] narrow = new short[k * n];
                short[] transpose = new short[k * n];
                float[] elements = floats(k * n);
                for (int i = 0; i < narrow.length; i++) {
                    narrow[i] = (short) (Float.floatToRawIntBits(elements[i]) >> 16);
                    transpose[i % n * k + i / n] = narrow[i];
                    elements[i] = Float.intBitsToFloat(narrow[i] << 16);
                }
                Bfloat16Tensor b = memory.bfloat16(new Shape(k, n));
                b.fill(ShortBuffer.wrap(narrow));
                check(rows, n, k, elements, (c, beta, alpha, a) -> kernel.multiply(c, beta, alpha, a, b, false));
                Bfloat16Tensor turned = memory.bfloat16(new Shape(n, k));
                turned.fill(ShortBuffer.wrap(transpose));
                check(rows, n, k, elements, (c, beta, alpha, a) -> kernel.multiply(c, beta, alpha, a, turned, true));
            }
        }
    }

    private interface Product {
        void multiply(FloatTensor c, float beta, float alpha, FloatTensor a);
    }

    /** With tangents, which are further rows, if the number of rows is even. */
    private void check(int rows, int n, int k, float[] b, Product product) {
        boolean tangent = rows % 2 == 0;
        FloatTensor a = memory.tensor(new Shape(tangent ? rows / 2 : rows, k), tangent);
        FloatTensor c = memory.tensor(new Shape(a.rows(), n), tangent);
        float[] left = floats(rows * k);
        a.floats().put(0, left);
        for (float beta : new float[] {0, 0.5f}) {
            float[] before = floats(rows * n);
            before[0] = beta == 0 ? Float.NaN : before[0];
            c.floats().put(0, before);
            product.multiply(c, beta, -2, a);
            float[] expected = new float[rows * n];
            for (int i = 0; i < expected.length; i++) {
                float sum = 0;
                for (int l = 0; l < k; l++) {
                    sum = Math.fma(-2 * left[i / n * k + l], b[l * n + i % n], sum);
                }
                expected[i] = beta == 0 ? sum : Math.fma(beta, before[i], sum);
            }
            float[] after = new float[rows * n];
            c.floats().get(0, after);
            assertArrayEquals(expected, after, rows + "×" + n + "×" + k + ", β " + beta);
        }
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = random.nextFloat() - 0.5f;
        }
        return floats;
    }
}
