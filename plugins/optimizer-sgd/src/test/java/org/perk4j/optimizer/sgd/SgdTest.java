package org.perk4j.optimizer.sgd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.formats.Json;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class SgdTest {

    /** The runs that {@code tools/optimizer_reference.py} recorded. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException, URISyntaxException {
        Map<String, Object> reference = Json.readObject(Path.of(SgdTest.class.getResource("/reference.json").toURI()));
        Shape shape = new Shape(number(reference, "rows").intValue(), number(reference, "columns").intValue());
        for (Object run : (List<?>) reference.get("runs")) {
            replay((Map<?, ?>) run, shape);
        }
    }

    private static void replay(Map<?, ?> run, Shape shape) {
        ElementwiseOptimizer optimizer = (ElementwiseOptimizer) new Sgd().create(new SgdOptions(number(run, "weightDecay").doubleValue()));
        try (Compute compute = new PortableCompute(DType.FLOAT64)) {
            Tensor parameter = compute.constant(shape, numbers(run, "start"));
            int t = 0;
            for (Object step : (List<?>) run.get("steps")) {
                Map<?, ?> expected = (Map<?, ?>) step;
                Tensor direction = optimizer.direction(compute, ++t, parameter,
                        compute.constant(shape, numbers(expected, "gradient")), List.of()).direction();
                parameter = compute.combine(1, parameter, -number(expected, "rate").doubleValue(), direction);
                assertArrayEquals(numbers(expected, "parameter"), compute.download(parameter), 1e-14);
            }
        }
    }

    private static Number number(Map<?, ?> object, String key) {
        return (Number) object.get(key);
    }

    private static double[] numbers(Map<?, ?> object, String key) {
        return ((List<?>) object.get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }

    @Test
    void negativeWeightDecayIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SgdOptions(-1));
    }
}
