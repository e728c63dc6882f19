package org.perk4j.innerloop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class KeptProductsTest {

    private static final int ROWS = 2;
    private static final int COLUMNS = 3;
    private static final int BYTES = ROWS * COLUMNS * Double.BYTES;

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    /** Inner dimensions 4, 6, 5, 6: room for two results in memory, of 6, whichever came first; on file no less than 5. */
    @Test
    void keepsWhatTookTheMostArithmetic() {
        assertArrayEquals(new boolean[] {false, true, true, true}, kept(2 * BYTES + 1, BYTES, 5, new int[] {4, 6, 5, 6}));
    }

    @Test
    void keepsNoMoreThanThereIsRoomFor() {
        assertArrayEquals(new boolean[] {false, true, false, true}, kept(2 * BYTES + 1, 0, 0, new int[] {4, 6, 5, 6}));
        assertArrayEquals(new boolean[] {true, true, false, false}, kept(0, 2 * BYTES + 1, 0, new int[] {4, 6, 5, 6}));
        assertArrayEquals(new boolean[4], kept(0, 0, 0, new int[] {4, 6, 5, 6}));
    }

    /** More than there are buffers for. */
    @Test
    void readsAheadOfALongFile() {
        boolean[] all = new boolean[50];
        Arrays.fill(all, true);
        int[] inner = new int[50];
        Arrays.fill(inner, 3);
        assertArrayEquals(all, kept(0, 50 * BYTES, 1, inner));
    }

    /** @return which products weren't evaluated again; the tangents of all are right, and what was kept is given back */
    private boolean[] kept(long inMemory, long onFile, int leastOnFile, int[] inner) {
        boolean[] known = new boolean[inner.length];
        long before = compute.memory().liveBytes();
        try (Scope scope = compute.scope(); TensorFile file = new TensorFile(compute)) {
            Tensor[] weights = new Tensor[inner.length];
            Tensor[] inputs = new Tensor[inner.length];
            Tensor[] values = new Tensor[inner.length];
            KeptProducts.OfGradient products =
                    new KeptProducts(compute, scope, file, new ProductBudget(inMemory, onFile, leastOnFile)).ofGradient();
            ConstantProducts recording = products.recording();
            for (int i = 0; i < inner.length; i++) {
                Tensor w = weights[i] = values(inner[i], COLUMNS, 0.3);
                Tensor x = inputs[i] = values(ROWS, inner[i], 0.7 + i);
                values[i] = recording.product(x, w, false, () -> compute.matmul(x, w));
            }
            long live = compute.memory().liveBytes();
            ConstantProducts replaying = products.replaying();
            for (int i = 0; i < inner.length; i++) {
                try (Scope replay = compute.scope()) {
                    Tensor w = weights[i];
                    Tensor direction = values(ROWS, inner[i], 0.1);
                    Tensor x = compute.dual(inputs[i], direction);
                    AtomicBoolean evaluated = new AtomicBoolean();
                    Tensor product = replaying.product(x, w, false, () -> {
                        evaluated.set(true);
                        return compute.matmul(x, w);
                    });
                    known[i] = !evaluated.get();
                    assertArrayEquals(compute.download(values[i]), compute.download(compute.primal(product)), 1e-15);
                    assertArrayEquals(compute.download(compute.matmul(direction, w)),
                            compute.download(compute.tangent(product)), 1e-15);
                }
            }
            long held = live - compute.memory().liveBytes();
            assertEquals(Math.min(inMemory / BYTES, inner.length) * BYTES, held, "held in memory until it was taken");
        }
        assertEquals(before, compute.memory().liveBytes());
        return known;
    }

    /** In memory, on file, and not kept at all. */
    @Test
    void passesOverWhatIsNotAskedForAgain() {
        Tensor x = values(ROWS, 4, 0.7);
        Tensor used = values(4, COLUMNS, 0.3);
        Tensor unused = values(4, COLUMNS, 0.2);
        long before = compute.memory().liveBytes();
        for (long[] room : new long[][] {{1 << 20, 0}, {0, 1 << 20}, {0, 3 * BYTES}}) {
            try (Scope scope = compute.scope(); TensorFile file = new TensorFile(compute)) {
                KeptProducts.OfGradient products =
                        new KeptProducts(compute, scope, file, new ProductBudget(room[0], room[1], 0)).ofGradient();
                ConstantProducts recording = products.recording();
                for (Tensor w : new Tensor[] {unused, used, unused, unused, used}) {
                    recording.product(x, w, false, () -> compute.matmul(x, w));
                }
                ConstantProducts replaying = products.replaying();
                for (int i = 0; i < 2; i++) {
                    assertArrayEquals(compute.download(compute.matmul(x, used)),
                            compute.download(replaying.product(x, used, false, () -> compute.matmul(x, used))));
                }
                assertThrows(NoSuchElementException.class, () -> replaying.product(x, used, false, () -> null));
            }
            assertEquals(before, compute.memory().liveBytes());
        }
    }

    private Tensor values(int rows, int columns, double step) {
        double[] elements = new double[rows * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = Math.sin(1 + step * i);
        }
        return compute.constant(new Shape(rows, columns), elements);
    }
}
