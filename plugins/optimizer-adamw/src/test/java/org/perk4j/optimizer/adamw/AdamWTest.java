package org.perk4j.optimizer.adamw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class AdamWTest {

    private static final double EPSILON = 1e-8;

    private final Compute compute = new PortableCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    /** The runs that {@code tools/optimizer_reference.py} recorded. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException, URISyntaxException {
        Map<String, Object> reference = Json.readObject(Path.of(AdamWTest.class.getResource("/reference.json").toURI()));
        Shape shape = new Shape(number(reference, "rows").intValue(), number(reference, "columns").intValue());
        for (Object run : (List<?>) reference.get("runs")) {
            replay((Map<?, ?>) run, shape);
        }
    }

    private void replay(Map<?, ?> run, Shape shape) {
        ElementwiseOptimizer optimizer = optimizer(false, number(run, "weightDecay").doubleValue());
        Tensor zero = compute.fill(shape, 0);
        Step at = new Step(compute.constant(shape, numbers(run, "start")), List.of(zero, zero));
        int t = 0;
        for (Object step : (List<?>) run.get("steps")) {
            Map<?, ?> expected = (Map<?, ?>) step;
            at = step(compute, optimizer, ++t, at, compute.constant(shape, numbers(expected, "gradient")),
                    compute.fill(Shape.SCALAR, number(expected, "rate").doubleValue()));
            assertArrayEquals(numbers(expected, "parameter"), compute.download(at.parameter()), 1e-14);
        }
    }

    private record Step(Tensor parameter, List<Tensor> state) {
    }

    private static Step step(Ops ops, ElementwiseOptimizer optimizer, int t, Step at, Tensor gradient, Tensor rate) {
        ElementwiseOptimizer.Direction found = optimizer.direction(ops, t, at.parameter, gradient, at.state);
        return new Step(ops.combine(1, at.parameter, -1, ops.multiplyScalar(found.direction(), rate)), found.state());
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

    /** Three steps: reverse mode through parameter, both moments and the learning rates, against central differences. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void derivativesThroughStepsAreSlopes(boolean epsilonInsideRoot) {
        ElementwiseOptimizer optimizer = optimizer(epsilonInsideRoot, 0.1);
        double[] at = {0.7, 0.3, -0.2, 0.05, 0.01, 0.02, -0.03};
        List<Tensor> variables = new ArrayList<>();
        for (double x : at) {
            variables.add(scalar(compute, x));
        }
        List<Tensor> gradients = new ReverseMode().gradient(compute,
                (ops, v) -> List.of(threeSteps(ops, optimizer, v)), variables).gradients();
        double step = 1e-6;
        for (int i = 0; i < at.length; i++) {
            List<Tensor> above = new ArrayList<>(variables);
            above.set(i, scalar(compute, at[i] + step));
            List<Tensor> below = new ArrayList<>(variables);
            below.set(i, scalar(compute, at[i] - step));
            double slope = (value(threeSteps(compute, optimizer, above)) - value(threeSteps(compute, optimizer, below)))
                    / (2 * step);
            assertEquals(slope, value(gradients.get(i)), 1e-6 * Math.max(1e-2, Math.abs(slope)));
        }
    }

    /** @param variables the start, three gradients, three learning rates */
    private static Tensor threeSteps(Ops ops, ElementwiseOptimizer optimizer, List<Tensor> variables) {
        Step at = new Step(variables.get(0), List.of(scalar(ops, 0), scalar(ops, 0)));
        for (int t = 1; t <= 3; t++) {
            at = step(ops, optimizer, t, at, ops.multiply(at.parameter(), variables.get(t)), variables.get(t + 3));
        }
        return at.parameter();
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

    private static Number number(Map<?, ?> object, String key) {
        return (Number) object.get(key);
    }

    private static double[] numbers(Map<?, ?> object, String key) {
        return ((List<?>) object.get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
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
