package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class KeptProductsTest {

    private static final int ROWS = 2;
    private static final int COLUMNS = 3;
    private static final int BYTES = ROWS * COLUMNS * Double.BYTES;

    private final Compute compute = new PortableCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    /** Inner dimensions 4, 6, 5, 6 and room for two results: those of 6 are kept, whichever came first. */
    @Test
    void keepsWhatTookTheMostArithmetic() {
        int[] inner = {4, 6, 5, 6};
        List<Tensor> weights = new ArrayList<>();
        List<Tensor> inputs = new ArrayList<>();
        for (int k : inner) {
            weights.add(values(k, COLUMNS, 0.3));
            inputs.add(values(ROWS, k, 0.7));
        }
        try (Scope scope = compute.scope()) {
            KeptProducts.OfGradient products = new KeptProducts(compute, scope, 2 * BYTES + 1).ofGradient();
            long before = compute.memory().liveBytes();
            List<Tensor> values = new ArrayList<>();
            for (int i = 0; i < inner.length; i++) {
                values.add(multiply(products.recording(), inputs.get(i), weights.get(i), new ArrayList<>()));
            }
            assertEquals(before + (inner.length + 2) * BYTES, compute.memory().liveBytes(), "the results, and two copies");

            for (int i = 0; i < inner.length; i++) {
                Tensor direction = values(ROWS, inner[i], 0.1);
                Tensor expected = compute.matmul(direction, false, weights.get(i), false);
                List<Boolean> whole = new ArrayList<>();
                Tensor product = multiply(products.replaying(), compute.dual(inputs.get(i), direction), weights.get(i), whole);
                assertEquals(inner[i] == 6 ? List.of(false) : List.of(true), whole, "inner dimension " + inner[i]);
                assertArrayEquals(compute.download(values.get(i)), compute.download(compute.primal(product)), 1e-15);
                assertArrayEquals(compute.download(expected), compute.download(compute.tangent(product)), 1e-15);
            }
            List<Boolean> again = new ArrayList<>();
            multiply(products.replaying(), inputs.get(1), weights.get(1), again);
            assertEquals(List.of(true), again, "each is taken once");
        }
        long inputsOnly = compute.memory().liveBytes();
        inputs.forEach(compute::free);
        weights.forEach(compute::free);
        assertEquals(0, compute.memory().liveBytes(), "of " + inputsOnly);
    }

    /** @param whole takes down whether the whole product was evaluated, or only its tangent */
    private Tensor multiply(ConstantProducts products, Tensor x, Tensor w, List<Boolean> whole) {
        return products.evaluate(x, w, false, y -> {
            whole.add(true);
            return compute.matmul(y, false, w, false);
        }, y -> {
            whole.add(false);
            return compute.matmul(y, false, w, false);
        });
    }

    private Tensor values(int rows, int columns, double step) {
        double[] elements = new double[rows * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = Math.sin(1 + step * i);
        }
        return compute.constant(new Shape(rows, columns), elements);
    }
}
