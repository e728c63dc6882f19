package org.perk4j.optimizer.lion;

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

class LionTest {

    /** Of the code that was published with the paper. */
    @Test
    void stepsAreThoseOfTheAuthors() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(number(options, "weightDecay")));
    }

    @ParameterizedTest
    @CsvSource({"0", "0.1"})
    void derivativesAreSlopes(double weightDecay) {
        OptimizerReference.assertDerivatives(new ReverseMode(), optimizer(weightDecay), List.of(
                new ParameterSpec("a", new Shape(3, 4), 0, 0),
                new ParameterSpec("b", new Shape(1, 5), 0, 0), new ParameterSpec("c", new Shape(5, 2), 0, 0)));
    }

    private static InnerOptimizer optimizer(double weightDecay) {
        return new Lion().create(new LionOptions(0.9, 0.99, weightDecay));
    }

    @ParameterizedTest
    @CsvSource({"1, 0.99, 0, beta1", "0.9, -1, 0, beta2", "0.9, 0.99, -1, weightDecay"})
    void impossibleValuesAreNamed(double beta1, double beta2, double weightDecay, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new LionOptions(beta1, beta2, weightDecay)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
