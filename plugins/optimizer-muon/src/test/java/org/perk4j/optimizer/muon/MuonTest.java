package org.perk4j.optimizer.muon;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.tck.OptimizerContract;
import org.perk4j.tck.OptimizerReference;

class MuonTest {

    @Nested
    class Contract extends OptimizerContract {

        @Override
        protected OptimizerType<?> type() {
            return new Muon();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of("weightDecay", 0), Map.of("nesterov", false, "scale", "match_adamw", "othersScale", 1));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("momentum", Map.of("momentum", 1), "iterations", Map.of("iterations", 0),
                    "othersScale", Map.of("othersScale", -1), "weightDecay", Map.of("weightDecay", -1));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    /** With PyTorch's rounding to bfloat16 taken out; what is no hidden matrix, of PyTorch's AdamW. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json", options -> optimizer(number(options, "weightDecay"),
                (Boolean) options.get("nesterov"), MuonOptions.Scale.valueOf((String) options.get("scale"))));
    }

    private static InnerOptimizer optimizer(double weightDecay, boolean nesterov, MuonOptions.Scale scale) {
        return new Muon().create(new MuonOptions(0.95, nesterov, 5, scale, List.of("wte.weight"), 1, weightDecay));
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
