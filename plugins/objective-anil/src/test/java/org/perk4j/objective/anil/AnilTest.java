package org.perk4j.objective.anil;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;

class AnilTest {

    private final SmallLearner small = new SmallLearner();

    @AfterEach
    void close() {
        small.close();
    }

    private static MetaObjective objective(String moves, Rates.Per rates) {
        return new Anil().create(new AnilOptions(List.of(moves), 3, -1, 0.3, rates, Mean.TOKENS, 0, 1, 0));
    }

    @ParameterizedTest
    @EnumSource(Rates.Per.class)
    void theMetaGradientIsTheSlopeOfTheLoss(Rates.Per rates) {
        MetaObjective objective = objective("lora_B", rates);
        MetaGradientCheck.assertIsSlope(objective, small.learner, MetaGradientCheck.drawn(objective, small.learner, 0.3),
                small.episode, 1e-7);
    }

    @Test
    void onlyWhatIsNamedIsMoved() {
        MetaObjective objective = objective("c_fc.*lora_B", Rates.Per.TENSOR);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner, 0.3);
        Parameters encoded = objective.encode(small.learner, meta, small.episode.segments(), passes -> { }).adapter();
        for (String name : encoded.names()) {
            double[] before = small.compute.download(meta.get("adapter." + name));
            double[] after = small.compute.download(encoded.get(name));
            if (name.contains("c_fc.lora_B")) {
                assertTrue(!Arrays.equals(before, after), name);
            } else {
                assertArrayEquals(before, after, name);
            }
        }
        assertEquals(1, objective.groups(small.learner).get(1).parameters().size(), "there are no rates of what isn't moved");
    }

    @Test
    void nothingToMoveIsRefused() {
        String message = assertThrows(IllegalArgumentException.class,
                () -> objective("lora_C", Rates.Per.TENSOR).parameters(small.learner)).getMessage();
        assertTrue(message.contains("move nothing") && message.contains("lora_A"), message);
    }

    @Test
    void aBrokenPatternIsNamed() {
        String message = assertThrows(IllegalArgumentException.class, () -> objective("(", Rates.Per.TENSOR)).getMessage();
        assertTrue(message.startsWith("moves "), message);
    }
}
