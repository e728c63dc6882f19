package org.perk4j.optimizer.adafactor;

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

class AdafactorTest {

    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(number(options, "weightDecay"), number(options, "clip")));
    }

    /** A clip of 10 is never reached here, one of 0.5 always is. */
    @ParameterizedTest
    @CsvSource({"0, 10", "0.1, 0.5"})
    void derivativesAreSlopes(double weightDecay, double clip) {
        OptimizerReference.assertDerivatives(new ReverseMode(), optimizer(weightDecay, clip), List.of(
                new ParameterSpec("a", new Shape(3, 4), 0, 0),
                new ParameterSpec("b", new Shape(1, 5), 0, 0), new ParameterSpec("c", new Shape(5, 2), 0, 0)));
    }

    private static InnerOptimizer optimizer(double weightDecay, double clip) {
        return new Adafactor().create(new AdafactorOptions(-0.8, Math.ulp(1.0), 1e-3, clip, weightDecay));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1, 1, 0, decay", "-1, 0, 1, 1, 0, epsilon", "-1, 1, 0, 1, 0, smallestScale", "-1, 1, 1, 0, 0, clip",
        "-1, 1, 1, 1, -1, weightDecay"})
    void impossibleValuesAreNamed(double decay, double epsilon, double smallestScale, double clip, double weightDecay,
                                  String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new AdafactorOptions(decay, epsilon, smallestScale, clip, weightDecay)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
