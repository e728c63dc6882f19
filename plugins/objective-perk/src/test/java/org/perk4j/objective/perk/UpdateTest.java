package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

class UpdateTest {

    private static final double[] PARAMETER = {0.5, -1, 2};
    private static final double[] GRADIENT = {3, 0, -4};
    private static final double ROOT_MEAN_SQUARE = 5 / Math.sqrt(3);

    private final Compute compute = new PortableCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 0.1, 10, 1e6, 1e30})
    void keepsTheDirectionAndStaysWithinTheBound(double rate) {
        double bound = 0.2;
        double[] change = change(bound, rate);
        double free = rate * ROOT_MEAN_SQUARE;
        double shortened = 1 / Math.sqrt(1 + free * free / (bound * bound));
        assertArrayEquals(new double[] {-3 * rate * shortened, 0, 4 * rate * shortened}, change, 1e-9);
        assertEquals(true, Math.sqrt(DoubleStream.of(change).map(x -> x * x).sum() / 3) <= bound * (1 + 1e-9));
    }

    @Test
    void hardlyChangesAShortStep() {
        assertArrayEquals(new double[] {-3e-4, 0, 4e-4}, change(1, 1e-4), 1e-10);
    }

    @Test
    void withoutABoundItIsTheRateTimesTheDirection() {
        assertArrayEquals(new double[] {-3e30, 0, 4e30}, change(0, 1e30), 1e15);
    }

    private double[] change(double bound, double rate) {
        Shape shape = new Shape(1, 3);
        double[] after = compute.download(new Update(ReferenceCase.optimizer("sgd"), bound).step(compute, 1,
                new ParameterSpec("p", shape, 0, 0), compute.constant(shape, PARAMETER), compute.constant(shape, GRADIENT), List.of(),
                compute.constant(Shape.SCALAR, rate)).parameter());
        double[] change = new double[after.length];
        for (int i = 0; i < after.length; i++) {
            change[i] = after[i] - PARAMETER[i];
        }
        return change;
    }
}
