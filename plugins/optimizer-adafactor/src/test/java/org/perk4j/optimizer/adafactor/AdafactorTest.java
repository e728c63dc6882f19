package org.perk4j.optimizer.adafactor;

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

class AdafactorTest {

    @Nested
    class Contract extends OptimizerContract {

        @Override
        protected OptimizerType<?> type() {
            return new Adafactor();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of("clip", 10), Map.of("clip", 0.5, "weightDecay", 0.1));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("decay", Map.of("decay", 0), "epsilon", Map.of("epsilon", 0),
                    "smallestScale", Map.of("smallestScale", 0), "clip", Map.of("clip", 0),
                    "weightDecay", Map.of("weightDecay", -1));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    @Test
    void stepsAreThoseOfPyTorch() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(number(options, "weightDecay"), number(options, "clip")));
    }

    private static InnerOptimizer optimizer(double weightDecay, double clip) {
        return new Adafactor().create(new AdafactorOptions(-0.8, Math.ulp(1.0), 1e-3, clip, weightDecay));
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
