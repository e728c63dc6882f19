package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.formats.Json;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** How an optimizer is compared with another implementation, in float64; {@link OptimizerContract} checks all else. */
public final class OptimizerReference {

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
            assertArrayEquals(numbers(expected, "parameter"), compute.download(parameter), 1e-13,
                    run.get("options") + ", " + t);
        }
    }

    private static double[] numbers(Map<?, ?> object, String key) {
        return ((List<?>) object.get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }
}
