package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tck.RoundedProductsContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Large products of rounded numbers on processors that have them; elsewhere the backend says that it can't. */
class Nd4jBfloat16BackendTest {

    private static Nd4jBackend unrounded;
    private static Backend backend;
    private static String lacking;

    @BeforeAll
    static void start() {
        unrounded = new Nd4jBackend();
        backend = new Nd4jBfloat16Backend(unrounded);
        lacking = unrounded.lackingForBfloat16();
    }

    @AfterAll
    static void stop() {
        unrounded.close();
    }

    @Nested
    class Products extends RoundedProductsContract {

        @BeforeEach
        void only() {
            assumeTrue(lacking == null, lacking);
        }

        @Override
        protected Backend backend() {
            return backend;
        }
    }

    @Test
    void saysWhatIsLacking() {
        assertTrue(unrounded.findings().stream().anyMatch(finding -> finding.message().contains("nd4j-bf16")
                && (lacking == null || finding.message().contains(lacking))), unrounded.findings().toString());
        if (lacking != null) {
            String message = assertThrows(IllegalStateException.class, () -> backend.open(DType.FLOAT32)).getMessage();
            assertTrue(message.contains(lacking) && message.endsWith("choose nd4j"), message);
        }
    }

    private static double[] product(Backend of, int m, int n, int k) {
        try (Compute compute = of.open(DType.FLOAT32)) {
            Tensor a = compute.constant(new Shape(m, k), new Random(1).doubles((long) m * k).toArray());
            Tensor b = compute.constant(new Shape(k, n), new Random(2).doubles((long) k * n).toArray());
            return compute.download(compute.matmul(a, b));
        }
    }

    /** As adapters' factors are, and all products while answering. */
    @Test
    void productsOfFewRowsOrWithNarrowFactorsAreNotRounded() {
        assumeTrue(lacking == null, lacking);
        assertArrayEquals(product(unrounded, 8, 300, 200), product(backend, 8, 300, 200));
        assertArrayEquals(product(unrounded, 200, 16, 300), product(backend, 200, 16, 300));
        assertArrayEquals(product(unrounded, 200, 300, 16), product(backend, 200, 300, 16));
    }

    /** More than are kept prepared, and those that were let go once more. */
    @Test
    void productsOfEverMoreShapesStayRight() {
        assumeTrue(lacking == null, lacking);
        try (Compute compute = backend.open(DType.FLOAT32)) {
            Tensor b = compute.fill(new Shape(64, 128), 0.5);
            for (int round = 0; round < 2; round++) {
                for (int m = 16; m < 300; m++) {
                    double[] expected = new double[m * 128];
                    Arrays.fill(expected, 32);
                    Tensor product = compute.matmul(compute.fill(new Shape(m, 64), 1), b);
                    assertArrayEquals(expected, compute.download(product), "of " + m + " rows");
                    compute.free(product);
                }
            }
        }
    }

    @Test
    void namesWhatItComputesOn() {
        assertEquals(unrounded.device() + ", products of bfloat16", backend.device());
    }
}
