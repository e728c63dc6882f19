package org.perk4j.optimizer.sgd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tck.OptimizerReference;
import org.perk4j.tensor.Shape;

class SgdTest {

    /** Of PyTorch. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json", options -> optimizer(number(options, "weightDecay"),
                number(options, "momentum"), (Boolean) options.get("nesterov")));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0.1, 0.9, false", "0.1, 0.9, true"})
    void derivativesAreSlopes(double weightDecay, double momentum, boolean nesterov) {
        OptimizerReference.assertDerivatives(new ReverseMode(), optimizer(weightDecay, momentum, nesterov), List.of(
                new ParameterSpec("a", new Shape(3, 4), 0, 0),
                new ParameterSpec("b", new Shape(1, 5), 0, 0), new ParameterSpec("c", new Shape(5, 2), 0, 0)));
    }

    private static InnerOptimizer optimizer(double weightDecay, double momentum, boolean nesterov) {
        return new Sgd().create(new SgdOptions(weightDecay, momentum, nesterov));
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, false, weightDecay", "0, 1, false, momentum", "0, -0.1, false, momentum", "0, 0, true, nesterov"})
    void impossibleValuesAreNamed(double weightDecay, double momentum, boolean nesterov, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new SgdOptions(weightDecay, momentum, nesterov)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
