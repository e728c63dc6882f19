package org.perk4j.objective.reptile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.EncodedText;
import org.perk4j.innerloop.Mean;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;

class ReptileTest {

    private static final double RATE = 0.3;

    private final SmallLearner small = new SmallLearner();

    @AfterEach
    void close() {
        small.close();
    }

    private static MetaObjective objective(int steps, boolean answers) {
        return new Reptile().create(new ReptileOptions(steps, RATE, answers, Mean.TOKENS, 0, 1, 0));
    }

    /** What a step of length 1 against it, times the learning rate, leads to is where the steps lead to. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pointsFromWhereTheStepsLeadTo(boolean answers) {
        MetaObjective objective = objective(3, answers);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner, 0.3);
        List<EncodedText> seen = new ArrayList<>(small.episode.segments());
        if (answers) {
            seen.addAll(small.episode.answers());
        }
        Parameters end = objective.encode(small.learner, meta, seen, passes -> { }).adapter();
        MetaGradient found = objective.gradient(small.learner, meta, small.episode);
        for (String name : end.names()) {
            double[] reached = small.compute.download(small.compute.combine(1, meta.get("adapter." + name), -RATE,
                    found.gradient().get("adapter." + name)));
            assertArrayEquals(small.compute.download(end.get(name)), reached, 1e-14, name);
        }
        assertEquals(objective.loss(small.learner, end, small.episode.answers()), found.loss(),
                1e-12);
    }

    @Test
    void nothingIsLeftBehind() {
        MetaObjective objective = objective(2, true);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner, 0.3);
        long before = small.compute.memory().liveBytes();
        objective.gradient(small.learner, meta, small.episode).gradient().tensors().forEach(small.compute::free);
        assertEquals(before, small.compute.memory().liveBytes());
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0, 1, steps", "1, 0, 0, 1, learningRate", "1, 1, -1, 1, bound", "1, 1, 0, 0, microBatchTokens"})
    void impossibleValuesAreNamed(int steps, double learningRate, double bound, int microBatchTokens, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new ReptileOptions(steps, learningRate, true, Mean.TOKENS, bound, microBatchTokens, 0)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }
}
