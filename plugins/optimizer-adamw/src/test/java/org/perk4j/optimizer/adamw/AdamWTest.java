package org.perk4j.optimizer.adamw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tck.OptimizerReference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class AdamWTest {

    private static final double EPSILON = 1e-8;

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(false, ((Number) options.get("weightDecay")).doubleValue()));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void derivativesThroughStepsAreSlopes(boolean epsilonInsideRoot) {
        OptimizerReference.assertDerivatives(new ReverseMode(), optimizer(epsilonInsideRoot, 0.1), List.of(
                new ParameterSpec("a", new Shape(3, 4), 0, 0), new ParameterSpec("b", new Shape(1, 5), 0, 0)));
    }

    /** One step at a gradient that is zero, or nearly. */
    @ParameterizedTest
    @CsvSource({"false, 0, 1e8", "true, 0, 1e4"})
    void derivativeAtZeroGradientIsBoundedByEpsilon(boolean epsilonInsideRoot, double gradient, double expected) {
        assertEquals(expected, derivativeByGradient(optimizer(epsilonInsideRoot, 0), gradient), 1e-6 * expected);
    }

    @Test
    void zeroSecondMomentPassesNoDerivative() {
        // m̂/(√v̂ + ε): with m = 1 kept from elsewhere, the derivative by v at v = 0 would be infinite.
        Tensor derivative = new ReverseMode().gradient(compute, (ops, at) -> List.of(optimizer(false, 0).direction(ops, 1,
                scalar(ops, 0), scalar(ops, 0), List.of(scalar(ops, 1), at.get(0))).direction()),
                List.of(scalar(compute, 0))).gradients().get(0);
        assertEquals(0, compute.download(derivative)[0]);
    }

    private double derivativeByGradient(ElementwiseOptimizer optimizer, double gradient) {
        return value(new ReverseMode().gradient(compute, (ops, at) -> List.of(optimizer.direction(ops, 1, scalar(ops, 0),
                at.get(0), List.of(scalar(ops, 0), scalar(ops, 0))).direction()),
                List.of(scalar(compute, gradient))).gradients().get(0));
    }

    private static ElementwiseOptimizer optimizer(boolean epsilonInsideRoot, double weightDecay) {
        return (ElementwiseOptimizer) new AdamW().create(new AdamWOptions(0.9, 0.95, EPSILON, epsilonInsideRoot, weightDecay));
    }

    private double value(Tensor scalar) {
        return compute.download(scalar)[0];
    }

    private static Tensor scalar(Ops ops, double value) {
        return ops.fill(Shape.SCALAR, value);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.95, 1e-8, 0, beta1", "0.9, -1, 1e-8, 0, beta2", "0.9, 0.95, 0, 0, epsilon",
        "0.9, 0.95, 1e-8, -1, weightDecay"})
    void impossibleValuesAreNamed(double beta1, double beta2, double epsilon, double weightDecay, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new AdamWOptions(beta1, beta2, epsilon, false, weightDecay)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }
}
