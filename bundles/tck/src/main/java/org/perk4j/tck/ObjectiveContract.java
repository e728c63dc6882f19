package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.data.RetainedText;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.Tensor;

/**
 * Tests of what every {@link ObjectiveType} must do, on a {@link SmallLearner}. Extend this and name the type, options that
 * it accepts, and options that it must refuse.
 */
@ConsumerType
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ObjectiveContract {

    private static final double DROPOUT = 0.3;

    /** Losses that were added up in another order. */
    private static final double ROUNDING = 1e-12;

    /** Of slopes: what differences leave, some 1e-9 of them, with room for steps that amplify it. */
    private static final double TOLERANCE = 1e-6;

    /** @return the objective under test */
    protected abstract ObjectiveType<?> type();

    /** @return what it is tried with, as jobs give them: at least one set of options */
    protected abstract List<Map<String, ?>> options();

    /** @return by the key that the message must name: options with a bad value there, at least one */
    protected abstract Map<String, Map<String, ?>> refused();

    /** @return what differentiates */
    protected abstract Autodiff autodiff();

    /** @return whether with these options the gradient is the slope of the loss; if not, its value isn't looked at */
    protected boolean isSlope(Map<String, ?> options) {
        return true;
    }

    /** @return what the steps of {@link MetaObjective#gradient} read of an episode: the context, unless said otherwise */
    protected List<EncodedText> read(Map<String, ?> options, EncodedEpisode episode) {
        return episode.segments();
    }

    private MetaObjective objective(Map<String, ?> options) {
        return objective(type(), options);
    }

    private static <O extends Record> MetaObjective objective(ObjectiveType<O> type, Map<String, ?> options) {
        return type.create(PluginOptions.bind(type, options));
    }

    /** An objective with a learner of its own, and values of what it learns. */
    private final class Trial implements AutoCloseable {

        private final MetaObjective objective;
        private final SmallLearner small;
        private final Learner learner;
        private final Compute compute;
        private final EncodedEpisode episode;
        private final Parameters meta;

        Trial(Map<String, ?> options, double dropout) {
            objective = objective(options);
            small = new SmallLearner(autodiff(), dropout);
            learner = small.learner();
            compute = small.compute();
            episode = small.episode();
            meta = MetaGradientCheck.drawn(objective, learner);
        }

        Encoding encode(List<EncodedText> segments) {
            return objective.encode(learner, meta, segments, passes -> { });
        }

        /** @return the mean negative log-likelihood of the scored tokens, text by text, without dropout */
        double loss(Parameters adapter, List<EncodedText> texts) {
            Adaptation adaptation = learner.adapter().with(adapter, Dropout.NONE);
            Parameters weights = adaptation.weights(learner.weights());
            double sum = 0;
            for (EncodedText text : texts) {
                int[] tokens = text.tokens();
                int[] targets = IntStream.rangeClosed(1, tokens.length)
                        .map(next -> next < tokens.length && next >= text.unscored() ? tokens[next] : -1).toArray();
                Tensor hidden = learner.model().hidden(compute, weights, Tokens.of(List.of(tokens)), adaptation);
                sum += compute.download(compute.sumRows(learner.model().tokenLoss(compute, weights, hidden, targets)))[0];
            }
            return sum / texts.stream().mapToInt(EncodedText::scored).sum();
        }

        List<double[]> downloaded(Parameters parameters) {
            return parameters.tensors().stream().map(compute::download).toList();
        }

        @Override
        public void close() {
            small.close();
        }
    }

    @Test
    void optionsAreDescribed() {
        PluginOptions.assertDescribed(type());
    }

    @Test
    void badOptionsAreRefusedByName() {
        assertFalse(refused().isEmpty());
        PluginOptions.assertRefused(refused(), this::objective);
    }

    @ParameterizedTest
    @MethodSource("options")
    void whatIsLearnedHasAFixedOrderAndOneNameEach(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0); Trial another = new Trial(options, DROPOUT)) {
            List<ParameterSpec> specs = trial.objective.parameters(trial.learner);
            assertEquals(described(specs), described(another.objective.parameters(another.learner)));
            assertEquals(specs.size(), new HashSet<>(trial.meta.names()).size());
            assertTrue(trial.objective.groups(trial.learner).stream().noneMatch(group -> group.name().contains(".")));
            assertEquals(trial.meta.names(),
                    trial.objective.gradient(trial.learner, trial.meta, trial.episode).gradient().names());
        }
    }

    private static List<String> described(List<ParameterSpec> specs) {
        return specs.stream().map(spec -> spec.name() + " " + spec.shape() + " " + spec.learned()).toList();
    }

    /** Whatever is asked, an adapter that the context was encoded into answers as the one that training asks. */
    @ParameterizedTest
    @MethodSource("options")
    void encodingLeadsToWhereTheGradientIsTaken(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0)) {
            for (int seed = 3; seed < 8; seed++) {
                List<EncodedText> answers = List.of(SmallLearner.text(seed, 5, 2), SmallLearner.text(seed + 10, 6, 4));
                EncodedEpisode episode = new EncodedEpisode(seed, trial.episode.segments(), answers);
                Encoding encoding = trial.encode(read(options, episode));
                MetaGradient found = trial.objective.gradient(trial.learner, trial.meta, episode);
                assertEquals(trial.loss(encoding.adapter(), answers), found.loss(), ROUNDING, "the answers' loss");
                assertTrue(Double.isNaN(found.accuracy()) || found.accuracy() >= 0 && found.accuracy() <= 1,
                        "a share: " + found.accuracy());
            }
        }
    }

    /** Whoever asks for retention learns from NaN that the objective doesn't have it. */
    @ParameterizedTest
    @MethodSource("options")
    void retentionIsToldWhereARetainedTextHasAPartInTheGradient(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0)) {
            EncodedEpisode retaining = trial.episode.with(new RetainedText(SmallLearner.text(20, 6, 0).tokens(), 2));
            MetaGradient without = trial.objective.gradient(trial.learner, trial.meta, trial.episode);
            MetaGradient with = trial.objective.gradient(trial.learner, trial.meta, retaining);
            assertTrue(Double.isNaN(without.retention()), "there is no text: " + without.retention());
            assertEquals(without.loss(), with.loss(), ROUNDING, "the loss is that of the answers");
            List<double[]> plain = trial.downloaded(without.gradient());
            List<double[]> both = trial.downloaded(with.gradient());
            assertEquals(IntStream.range(0, plain.size()).anyMatch(i -> !Arrays.equals(plain.get(i), both.get(i))),
                    Double.isFinite(with.retention()), "a part in the gradient, and the divergence is told");
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void lossesAreWithoutDropout(Map<String, ?> options) {
        try (Trial trial = new Trial(options, DROPOUT)) {
            Parameters adapter = trial.encode(trial.episode.segments()).adapter();
            List<EncodedText> answers = trial.episode.answers();
            assertEquals(trial.loss(adapter, answers), trial.objective.loss(trial.learner, adapter, answers), ROUNDING);
            List<EncodedText> none = List.of(new EncodedText(new int[] {1, 2}, 2));
            assertThrows(IllegalArgumentException.class, () -> trial.objective.loss(trial.learner, adapter, none),
                    "no token to be predicted");
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void encodingTellsTheContextsLoss(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0)) {
            List<EncodedText> segments = trial.episode.segments();
            Encoding encoding = trial.encode(segments);
            assertEquals(trial.learner.adapter().parameters().stream().map(ParameterSpec::name).toList(),
                    encoding.adapter().names());
            assertEquals(trial.loss(encoding.adapter(), segments), encoding.after(), ROUNDING, "after the last step");
            Parameters start = trial.meta.under(ParameterGroup.ADAPTER + ".");
            if (start.names().equals(encoding.adapter().names())) {
                assertEquals(trial.loss(start, segments), encoding.before(), ROUNDING, "before the first step");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void progressEndsWhereItWasSaidToEnd(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0)) {
            for (int count = 1; count <= 3; count++) {
                List<Integer> told = new ArrayList<>();
                List<EncodedText> segments = IntStream.range(0, count).mapToObj(i -> SmallLearner.text(i, 4, 1)).toList();
                trial.objective.encode(trial.learner, trial.meta, segments, told::add);
                assertEquals(told.stream().sorted().distinct().toList(), told, "goes up");
                assertEquals(trial.objective.encodingPasses(count), told.get(told.size() - 1).longValue(), "in the end");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void aContextWithoutSegmentsIsRefused(Map<String, ?> options) {
        try (Trial trial = new Trial(options, 0)) {
            long before = trial.compute.memory().liveBytes();
            assertThrows(IllegalArgumentException.class, () -> trial.encode(List.of()));
            assertEquals(before, trial.compute.memory().liveBytes());
        }
    }

    /** By each parameter, along a random direction; see {@link MetaGradientCheck}. */
    @ParameterizedTest
    @MethodSource("options")
    void theGradientIsTheSlopeOfTheLoss(Map<String, ?> options) {
        if (isSlope(options)) {
            try (Trial trial = new Trial(options, 0)) {
                MetaGradientCheck.assertIsSlope(trial.objective, trial.learner, trial.meta, trial.episode, TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void whatIsNotLearnedStaysAsItIs(Map<String, ?> options) {
        try (Trial trial = new Trial(options, DROPOUT)) {
            Encoding encoding = trial.encode(trial.episode.segments());
            Parameters gradient = trial.objective.gradient(trial.learner, trial.meta, trial.episode).gradient();
            String prefix = ParameterGroup.ADAPTER + ".";
            for (ParameterSpec spec : trial.objective.parameters(trial.learner)) {
                if (!spec.learned()) {
                    double[] value = trial.compute.download(trial.meta.get(spec.name()));
                    double[] slope = trial.compute.download(gradient.get(spec.name()));
                    assertArrayEquals(new double[value.length], slope, spec.name());
                    if (spec.name().startsWith(prefix)) {
                        Tensor encoded = encoding.adapter().get(spec.name().substring(prefix.length()));
                        assertArrayEquals(value, trial.compute.download(encoded), spec.name());
                    }
                }
            }
        }
    }

    /** With dropout, whose draws depend on the episode, and on two computations. */
    @ParameterizedTest
    @MethodSource("options")
    void everythingRepeatsItselfToTheBit(Map<String, ?> options) {
        try (Trial first = new Trial(options, DROPOUT); Trial second = new Trial(options, DROPOUT)) {
            MetaGradient one = first.objective.gradient(first.learner, first.meta, first.episode);
            MetaGradientCheck.loss(second.objective, second.learner, second.meta, second.episode);
            MetaGradient two = second.objective.gradient(second.learner, second.meta, second.episode);
            assertEquals(one.loss(), two.loss());
            assertSame(first.downloaded(one.gradient()), second.downloaded(two.gradient()));
            Encoding here = first.encode(first.episode.segments());
            Encoding there = second.encode(second.episode.segments());
            assertEquals(here.losses(), there.losses());
            assertSame(first.downloaded(here.adapter()), second.downloaded(there.adapter()));
        }
    }

    private static void assertSame(List<double[]> expected, List<double[]> found) {
        assertEquals(expected.size(), found.size());
        IntStream.range(0, expected.size()).forEach(i -> assertArrayEquals(expected.get(i), found.get(i)));
    }

    /** Results belong to the scope that was open, all else is freed by then; what was handed over stays, as it was. */
    @ParameterizedTest
    @MethodSource("options")
    void nothingIsLeftBehind(Map<String, ?> options) {
        try (Trial trial = new Trial(options, DROPOUT)) {
            List<double[]> before = trial.downloaded(trial.meta);
            assertLeavesNothingElse(trial, () -> trial.encode(trial.episode.segments()).adapter());
            assertLeavesNothingElse(trial,
                    () -> trial.objective.gradient(trial.learner, trial.meta, trial.episode).gradient());
            assertLeavesNothingElse(trial, () -> {
                MetaGradientCheck.loss(trial.objective, trial.learner, trial.meta, trial.episode);
                return new Parameters(List.of(), List.of());
            });
            assertSame(before, trial.downloaded(trial.meta));
        }
    }

    private static void assertLeavesNothingElse(Trial trial, Supplier<Parameters> computation) {
        Compute compute = trial.compute;
        long before = compute.memory().liveBytes();
        Tensor result = null;
        try (Scope scope = compute.scope()) {
            Parameters results = computation.get();
            long elements = results.tensors().stream().mapToLong(each -> each.shape().size()).sum();
            long kept = compute.memory().liveBytes() - before;
            assertTrue(kept <= elements * compute.dtype().bytes(), "more than the result is kept");
            results.tensors().forEach(compute::download);
            result = results.size() == 0 ? null : results.tensors().get(0);
        }
        assertEquals(before, compute.memory().liveBytes(), "bytes beyond the scope");
        if (result != null) {
            Tensor freed = result;
            assertThrows(IllegalStateException.class, () -> compute.download(freed), "belongs to the innermost open scope");
        }
    }
}
