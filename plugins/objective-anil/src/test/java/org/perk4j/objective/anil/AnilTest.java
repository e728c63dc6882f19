package org.perk4j.objective.anil;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tck.ObjectiveContract;
import org.perk4j.tck.SmallLearner;

class AnilTest {

    private final SmallLearner small = new SmallLearner(new ReverseMode());

    @AfterEach
    void close() {
        small.close();
    }

    @Nested
    class Contract extends ObjectiveContract {

        @Override
        protected ObjectiveType<?> type() {
            return new Anil();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(
                    Map.of("steps", 3, "learningRate", 0.3, "microBatchTokens", 1),
                    Map.of("steps", 2, "learningRate", 0.3, "rates", "layer", "bound", 0.1),
                    Map.of("steps", 2, "learningRate", 0.3, "rates", "element", "moves", List.of("mlp")),
                    Map.of("steps", 2, "learningRate", 0.3, "unroll", 1));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of(
                    "moves", Map.of("moves", List.of("(")), "steps", Map.of("steps", 0), "unroll", Map.of("unroll", 5),
                    "bound", Map.of("bound", -1), "microBatchTokens", Map.of("microBatchTokens", 0));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }

        @Override
        protected boolean isSlope(Map<String, ?> options) {
            return !options.containsKey("unroll");
        }
    }

    private static MetaObjective objective(String moves, Rates.Per rates) {
        return new Anil().create(new AnilOptions(List.of(moves), 3, -1, 0.3, rates, Mean.TOKENS, 0, 1, 0));
    }

    @Test
    void onlyWhatIsNamedIsMoved() {
        MetaObjective objective = objective("mlp.*lora_B", Rates.Per.TENSOR);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner());
        Parameters encoded = objective.encode(small.learner(), meta, small.episode().segments(), passes -> { }).adapter();
        assertTrue(encoded.names().stream().anyMatch(name -> name.contains("mlp.up.lora_B")), encoded.names()::toString);
        for (String name : encoded.names()) {
            double[] before = small.compute().download(meta.get("adapter." + name));
            double[] after = small.compute().download(encoded.get(name));
            if (name.contains("mlp.up.lora_B")) {
                assertTrue(!Arrays.equals(before, after), name);
            } else {
                assertArrayEquals(before, after, name);
            }
        }
        assertEquals(1, objective.groups(small.learner()).get(1).parameters().size(), "no rates of what isn't moved");
    }

    @Test
    void nothingToMoveIsRefused() {
        String message = assertThrows(IllegalArgumentException.class,
                () -> objective("lora_C", Rates.Per.TENSOR).parameters(small.learner())).getMessage();
        assertTrue(message.contains("update nothing") && message.contains("lora_A"), message);
    }
}
