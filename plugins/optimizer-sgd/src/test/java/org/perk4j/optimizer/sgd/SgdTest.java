package org.perk4j.optimizer.sgd;

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

class SgdTest {

    @Nested
    class Contract extends OptimizerContract {

        @Override
        protected OptimizerType<?> type() {
            return new Sgd();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of(), Map.of("weightDecay", 0.1, "momentum", 0.9),
                    Map.of("weightDecay", 0.1, "momentum", 0.9, "nesterov", true));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("weightDecay", Map.of("weightDecay", -1), "momentum", Map.of("momentum", 1),
                    "momentum must be at least 0", Map.of("momentum", -0.1), "nesterov", Map.of("nesterov", true));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    /** Of PyTorch. */
    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json", options -> optimizer(number(options, "weightDecay"),
                number(options, "momentum"), (Boolean) options.get("nesterov")));
    }

    private static InnerOptimizer optimizer(double weightDecay, double momentum, boolean nesterov) {
        return new Sgd().create(new SgdOptions(weightDecay, momentum, nesterov));
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
