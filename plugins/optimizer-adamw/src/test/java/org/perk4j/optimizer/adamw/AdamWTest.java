package org.perk4j.optimizer.adamw;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.tck.OptimizerContract;
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

    @Nested
    class Contract extends OptimizerContract {

        @Override
        protected OptimizerType<?> type() {
            return new AdamW();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of(), Map.of("weightDecay", 0.1, "epsilonInsideRoot", true));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("beta1", Map.of("beta1", 1), "beta2", Map.of("beta2", -1), "epsilon", Map.of("epsilon", 0),
                    "weightDecay", Map.of("weightDecay", -1));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(false, ((Number) options.get("weightDecay")).doubleValue()));
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
        AdamWOptions options = new AdamWOptions(0.9, 0.95, EPSILON, epsilonInsideRoot, weightDecay);
        return (ElementwiseOptimizer) new AdamW().create(options);
    }

    private double value(Tensor scalar) {
        return compute.download(scalar)[0];
    }

    private static Tensor scalar(Ops ops, double value) {
        return ops.fill(Shape.SCALAR, value);
    }
}
