package org.perk4j.objective.reptile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.Mean;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tck.ObjectiveContract;
import org.perk4j.tck.SmallLearner;

class ReptileTest {

    private static final double RATE = 0.3;

    private final SmallLearner small = new SmallLearner(new ReverseMode());

    @AfterEach
    void close() {
        small.close();
    }

    @Nested
    class Contract extends ObjectiveContract {

        @Override
        protected ObjectiveType<?> type() {
            return new Reptile();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(
                    Map.of("steps", 3, "learningRate", RATE, "microBatchTokens", 1),
                    Map.of("steps", 2, "learningRate", RATE, "bound", 0.1, "answers", false));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of(
                    "steps", Map.of("steps", 0), "learningRate", Map.of("learningRate", 0), "bound", Map.of("bound", -1),
                    "microBatchTokens", Map.of("microBatchTokens", 0));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }

        /** It is the way that the steps went. */
        @Override
        protected boolean isSlope(Map<String, ?> options) {
            return false;
        }

        @Override
        protected List<EncodedText> read(Map<String, ?> options, EncodedEpisode episode) {
            return options.containsKey("answers") ? episode.segments()
                    : Stream.of(episode.segments(), episode.answers()).flatMap(List::stream).toList();
        }
    }

    private static MetaObjective objective(int steps, boolean answers) {
        return new Reptile().create(new ReptileOptions(steps, RATE, answers, Mean.TOKENS, 0, 1, 0));
    }

    /** What a step of length 1 against it, times the learning rate, leads to is where the steps lead to. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pointsFromWhereTheStepsLeadTo(boolean answers) {
        MetaObjective objective = objective(3, answers);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner());
        List<EncodedText> seen = new ArrayList<>(small.episode().segments());
        if (answers) {
            seen.addAll(small.episode().answers());
        }
        Parameters end = objective.encode(small.learner(), meta, seen, passes -> { }).adapter();
        MetaGradient found = objective.gradient(small.learner(), meta, small.episode());
        assertTrue(end.names().size() > 0);
        for (String name : end.names()) {
            double[] reached = small.compute().download(small.compute().combine(1, meta.get("adapter." + name), -RATE,
                    found.gradient().get("adapter." + name)));
            assertArrayEquals(small.compute().download(end.get(name)), reached, 1e-14, name);
        }
        assertEquals(objective.loss(small.learner(), end, small.episode().answers()), found.loss(), 1e-12);
    }
}
