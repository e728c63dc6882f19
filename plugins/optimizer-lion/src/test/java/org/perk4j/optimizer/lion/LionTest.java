package org.perk4j.optimizer.lion;

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

class LionTest {

    @Nested
    class Contract extends OptimizerContract {

        @Override
        protected OptimizerType<?> type() {
            return new Lion();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of(), Map.of("weightDecay", 0.1));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("beta1", Map.of("beta1", 1), "beta2", Map.of("beta2", -1),
                    "weightDecay", Map.of("weightDecay", -1));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    /** Of the code that was published with the paper. */
    @Test
    void stepsAreThoseOfTheAuthors() throws IOException {
        OptimizerReference.assertSameSteps("reference.json",
                options -> optimizer(number(options, "weightDecay")));
    }

    private static InnerOptimizer optimizer(double weightDecay) {
        return new Lion().create(new LionOptions(0.9, 0.99, weightDecay));
    }

    private static double number(Map<?, ?> options, String key) {
        return ((Number) options.get(key)).doubleValue();
    }
}
