package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.formats.Json;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** How an optimizer is proven: beside another implementation, and its derivatives beside differences; in float64. */
public final class OptimizerReference {

    private static final int STEPS = 3;

    private OptimizerReference() {
    }

    /**
     * Asserts that steps go where the runs went that {@code tools/optimizer_reference.py} recorded.
     *
     * @param resource  the recording's name among the resources
     * @param optimizer makes the optimizer from a run's options
     */
    public static void assertSameSteps(String resource, Function<Map<?, ?>, InnerOptimizer> optimizer) throws IOException {
        List<?> runs = (List<?>) Json.readObject(SmallModel.resource(resource)).get("runs");
        assertEquals(false, runs.isEmpty());
        for (Object each : runs) {
            Map<?, ?> run = (Map<?, ?>) each;
            try (Compute compute = new JavaCompute(DType.FLOAT64)) {
                replay(compute, run, optimizer.apply((Map<?, ?>) run.get("options")));
            }
        }
    }

    private static void replay(Compute compute, Map<?, ?> run, InnerOptimizer optimizer) {
        Shape shape = new Shape(((Number) run.get("rows")).intValue(), ((Number) run.get("columns")).intValue());
        List<ParameterSpec> specs = List.of(new ParameterSpec((String) run.get("name"), shape, 0, 0));
        Tensor parameter = compute.constant(shape, numbers(run, "start"));
        List<Tensor> state = optimizer.state(specs).stream().map(each -> compute.fill(each, 0)).toList();
        int t = 0;
        for (Object step : (List<?>) run.get("steps")) {
            Map<?, ?> expected = (Map<?, ?>) step;
            InnerOptimizer.Directions found = optimizer.directions(compute, ++t, specs, List.of(parameter),
                    List.of(compute.constant(shape, numbers(expected, "gradient"))), state);
            state = found.state();
            parameter = compute.combine(1, parameter, -((Number) expected.get("rate")).doubleValue(),
                    found.directions().get(0));
            assertArrayEquals(numbers(expected, "parameter"), compute.download(parameter), 1e-13, run.get("options") + ", " + t);
        }
    }

    private static double[] numbers(Map<?, ?> object, String key) {
        return ((List<?>) object.get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }

    /**
     * Asserts that reverse mode through three steps gives derivatives by the start, the gradients (each times the parameter, so
     * that steps depend on steps) and the rates, at random values of order 1.
     *
     * @param autodiff whose reverse mode
     * @param specs    of the parameters to be moved, all at once
     */
    public static void assertDerivatives(Autodiff autodiff, InnerOptimizer optimizer, List<ParameterSpec> specs) {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            SplittableRandom random = new SplittableRandom(9);
            List<Tensor> variables = new ArrayList<>();
            for (int t = 0; t <= STEPS; t++) {
                specs.forEach(spec -> variables.add(compute.constant(spec.shape(), drawn(random, spec.shape()))));
            }
            for (int t = 0; t < STEPS; t++) {
                variables.add(compute.constant(Shape.SCALAR, 0.1 * (t + 1)));
            }
            List<Tensor> gradients = autodiff.gradient(compute,
                    (ops, x) -> List.of(walked(ops, optimizer, specs, x)), variables).gradients();
            for (int i = 0; i < variables.size(); i++) {
                double[] direction = drawn(random, variables.get(i).shape());
                double[] slope = compute.download(gradients.get(i));
                double expected = 0;
                for (int j = 0; j < slope.length; j++) {
                    expected += slope[j] * direction[j];
                }
                double step = 1e-4;
                double near = difference(compute, optimizer, specs, variables, i, direction, step);
                double far = difference(compute, optimizer, specs, variables, i, direction, 2 * step);
                assertEquals((4 * near - far) / 3, expected, 1e-8 * (1 + Math.abs(expected)), "variable " + i);
            }
        }
    }

    private static double[] drawn(SplittableRandom random, Shape shape) {
        return random.doubles(shape.size(), 0.2, 1.2).map(x -> random.nextBoolean() ? x : -x).toArray();
    }

    private static double difference(Compute compute, InnerOptimizer optimizer, List<ParameterSpec> specs,
                                     List<Tensor> variables, int i, double[] direction, double step) {
        double[] values = new double[2];
        for (int side = 0; side < 2; side++) {
            List<Tensor> moved = new ArrayList<>(variables);
            moved.set(i, compute.combine(1, variables.get(i), side == 0 ? step : -step,
                    compute.constant(variables.get(i).shape(), direction)));
            values[side] = compute.download(walked(compute, optimizer, specs, moved))[0];
        }
        return (values[0] - values[1]) / (2 * step);
    }

    /** @return a number that depends on all elements of what three steps lead to */
    private static Tensor walked(Ops ops, InnerOptimizer optimizer, List<ParameterSpec> specs, List<Tensor> variables) {
        int count = specs.size();
        List<Tensor> at = variables.subList(0, count);
        List<Tensor> state = optimizer.state(specs).stream().map(shape -> ops.fill(shape, 0)).toList();
        for (int t = 0; t < STEPS; t++) {
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                gradients.add(ops.multiply(at.get(i), variables.get((t + 1) * count + i)));
            }
            InnerOptimizer.Directions found = optimizer.directions(ops, t + 1, specs, at, gradients, state);
            List<Tensor> next = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                next.add(ops.combine(1, at.get(i), -1,
                        ops.multiplyScalar(found.directions().get(i), variables.get((STEPS + 1) * count + t))));
            }
            at = next;
            state = found.state();
        }
        Tensor all = ops.join(at.toArray(Tensor[]::new));
        double[] weights = new double[all.columns()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.sin(1 + i);
        }
        return ops.dot(all, ops.constant(all.shape(), weights));
    }
}
