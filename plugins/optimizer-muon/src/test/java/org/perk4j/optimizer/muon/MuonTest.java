package org.perk4j.optimizer.muon;

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

class MuonTest {

    /** With PyTorch's rounding to bfloat16 taken out; what is no hidden matrix, of PyTorch's AdamW. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json", options -> optimizer(number(options, "weightDecay"),
                (Boolean) options.get("nesterov"), MuonOptions.Scale.valueOf((String) options.get("scale"))));
    }

    @ParameterizedTest
    @CsvSource({"0, true, ORIGINAL", "0.1, false, MATCH_ADAMW"})
    void derivativesAreSlopes(double weightDecay, boolean nesterov, MuonOptions.Scale scale) {
        OptimizerReference.assertDerivatives(new ReverseMode(), optimizer(weightDecay, nesterov, scale), List.of(
                new ParameterSpec("a", new Shape(3, 4), 0, 0),
                new ParameterSpec("b", new Shape(1, 5), 0, 0), new ParameterSpec("wte.weight", new Shape(5, 2), 0, 0),
                new ParameterSpec("d", new Shape(5, 2), 0, 0)));
    }

    private static InnerOptimizer optimizer(double weightDecay, boolean nesterov, MuonOptions.Scale scale) {
        return new Muon().create(new MuonOptions(0.95, nesterov, 5, scale, List.of("wte.weight"), 1, weightDecay));
    }

    @ParameterizedTest
    @CsvSource({"1, 5, 1, 0, momentum", "0.9, 0, 1, 0, iterations", "0.9, 5, -1, 0, othersScale", "0.9, 5, 1, -1, weightDecay"})
    void impossibleValuesAreNamed(double momentum, int iterations, double othersScale, double weightDecay, String key) {
        String message = assertThrows(IllegalArgumentException.class, () -> new MuonOptions(momentum, true, iterations,
                MuonOptions.Scale.ORIGINAL, List.of(), othersScale, weightDecay)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
