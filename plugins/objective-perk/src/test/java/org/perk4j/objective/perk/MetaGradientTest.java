package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.innerloop.EpisodeLoop;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * The exact meta-gradient of all meta-parameters in float64, against PyTorch's autograd through all inner steps, against
 * reverse over reverse in our own engine, and against finite differences.
 */
class MetaGradientTest {

    private static final int ONE_SEGMENT = 1;
    private static final int ALL_SEGMENTS = 1000;
    private static final double BOUND = 0.02;

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    static Stream<Arguments> cases() {
        return Stream.of("sgd", "adamw").flatMap(optimizer -> Stream.of(0, 2, 4).flatMap(unroll ->
                Stream.of(ONE_SEGMENT, 24, ALL_SEGMENTS).map(tokens -> Arguments.of(optimizer, unroll, tokens))));
    }

    @ParameterizedTest(name = "{0}, T = {1}, micro-batches of {2} tokens")
    @MethodSource("cases")
    void equalsPyTorch(String optimizer, int unroll, int microBatchTokens) throws IOException {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0);
        MetaGradient found = new PerkObjective(reference.options(unroll, microBatchTokens))
                .gradient(reference.learner, reference.meta, reference.episode);
        assertEquals(reference.loss(optimizer, unroll), found.loss(), 1e-10);
        assertClose(reference.gradient(optimizer, unroll), found.gradient(), 1e-6);
    }

    @ParameterizedTest(name = "{0}, T = {1}, micro-batches of {2} tokens")
    @MethodSource("cases")
    void equalsReverseOverReverse(String optimizer, int unroll, int microBatchTokens) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0.1);
        assertEqualsReverseOverReverse(reference, reference.options(unroll, microBatchTokens));
    }

    @ParameterizedTest(name = "{0}, T = {1}, micro-batches of {2} tokens")
    @MethodSource("cases")
    void boundedStepsEqualReverseOverReverse(String optimizer, int unroll, int microBatchTokens) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0.1);
        assertEqualsReverseOverReverse(reference, reference.bounded(unroll, BOUND, microBatchTokens));
    }

    /** Those that need each tensor by itself, with states of other shapes. */
    @ParameterizedTest
    @ValueSource(strings = {"momentum", "adafactor", "muon"})
    void otherOptimizersEqualReverseOverReverse(String optimizer) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0.1);
        assertEqualsReverseOverReverse(reference, reference.bounded(3, BOUND, 24));
    }

    @ParameterizedTest(name = "{0}, T = {1}, micro-batches of {2} tokens")
    @MethodSource("cases")
    void withARetainedTextEqualsReverseOverReverse(String optimizer, int unroll, int microBatchTokens) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0.1).retaining(0.7);
        assertEqualsReverseOverReverse(reference, reference.options(unroll, microBatchTokens));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adamw"})
    void withARetainedTextEqualsFiniteDifferences(String optimizer) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0).retaining(0.7);
        assertEqualsFiniteDifferences(reference, new PerkObjective(reference.options(4, ALL_SEGMENTS)));
    }

    private void assertEqualsReverseOverReverse(ReferenceCase reference, PerkOptions options) {
        List<Tensor> expected = reference.learner.autodiff().gradient(compute,
                unrolled(reference.learner, options, reference.meta, reference.episode), reference.meta.tensors())
                        .gradients();
        MetaGradient found = new PerkObjective(options).gradient(reference.learner, reference.meta, reference.episode);
        assertClose(reference.meta.with(expected), found.gradient(), 1e-9);
    }

    @ParameterizedTest(name = "{0}, T = {1}, micro-batches of {2} tokens")
    @MethodSource("cases")
    void staysTheSameWithProductsKept(String optimizer, int unroll, int microBatchTokens) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0.1);
        long before = compute.memory().liveBytes();
        MetaGradient computedTwice = new PerkObjective(reference.options(4, unroll, microBatchTokens))
                .gradient(reference.learner, reference.meta, reference.episode);
        long live = compute.memory().liveBytes();
        long peak = compute.memory().peakBytes() + live - before; // the first gradient stays
        MetaGradient onDisk = new PerkObjective(reference.options(4, unroll, microBatchTokens),
                new ProductBudget(0, 64 << 20, 0))
                .gradient(reference.learner, reference.meta, reference.episode);
        assertClose(computedTwice.gradient(), onDisk.gradient(), 1e-12);
        assertEquals(peak, compute.memory().peakBytes(), 0.02 * peak, "what is kept on disk takes that of one product");
        onDisk.gradient().tensors().forEach(compute::free);
        MetaGradient inMemory = new PerkObjective(reference.options(4, unroll, microBatchTokens),
                new ProductBudget(64 << 20, 0))
                .gradient(reference.learner, reference.meta, reference.episode);
        assertClose(computedTwice.gradient(), inMemory.gradient(), 1e-12);
        assertEquals(unroll > 0, compute.memory().peakBytes() > 1.2 * peak, "what is kept in memory takes it");
        inMemory.gradient().tensors().forEach(compute::free);
        assertEquals(live, compute.memory().liveBytes(), "and gives it back");
    }

    /** The same computation written down naively: one function of the meta-parameters, tensor by tensor. */
    private VectorFunction unrolled(Learner learner, PerkOptions options, Parameters meta, EncodedEpisode episode) {
        EpisodeLoop loop = new PerkObjective(options).loop(learner).on(episode, meta);
        List<ParameterSpec> specs = learner.adapter().parameters();
        return (ops, values) -> {
            Parameters at = meta.with(values);
            Parameters adapter = at.under("adapter.");
            Parameters rates = at.under("rates.");
            Tensor around = row(ops, at.under("weighting.").tensors());
            List<Tensor> state = learner.optimizer().state(specs).stream().map(shape -> ops.fill(shape, 0)).toList();
            for (int t = 0; t < options.steps(); t++) {
                boolean differentiated = t >= options.steps() - options.unrolled();
                int step = t;
                List<Tensor> gradient = learner.autodiff().gradient(differentiated ? ops : compute, (o, x) -> List.of(
                        loop.contextLoss(o, step, row(o, x), around)), adapter.tensors()).gradients();
                InnerOptimizer.Directions found = learner.optimizer()
                        .directions(ops, t + 1, specs, adapter.tensors(), gradient, state);
                List<Tensor> next = new ArrayList<>();
                for (int i = 0; i < adapter.size(); i++) {
                    Tensor change = bounded(ops, options.bound(), ops.multiplyScalar(found.directions().get(i),
                            ops.gatherRows(rates.tensors().get(i), t)));
                    next.add(ops.combine(1, adapter.tensors().get(i), -1, change));
                }
                adapter = adapter.with(next);
                state = found.state();
            }
            return List.of(loop.answerLoss(ops, row(ops, adapter.tensors()), around));
        };
    }

    private static Tensor row(Ops ops, List<Tensor> tensors) {
        return ops.join(tensors.toArray(Tensor[]::new));
    }

    private static Tensor bounded(Ops ops, double bound, Tensor change) {
        if (bound == 0) {
            return change;
        }
        Tensor excess = ops.affine(ops.dot(change, change), 1 / (bound * bound * change.shape().size()), 1);
        return ops.multiplyScalar(change, ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, excess)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adamw"})
    void equalsFiniteDifferences(String optimizer) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0);
        assertEqualsFiniteDifferences(reference, new PerkObjective(reference.options(4, ALL_SEGMENTS)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adamw"})
    void boundedStepsEqualFiniteDifferences(String optimizer) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0);
        PerkObjective bounded = new PerkObjective(reference.bounded(4, BOUND, ALL_SEGMENTS));
        PerkObjective free = new PerkObjective(reference.options(4, ALL_SEGMENTS));
        assertTrue(Math.abs(MetaGradientCheck.loss(bounded, reference.learner, reference.meta, reference.episode)
                - MetaGradientCheck.loss(free, reference.learner, reference.meta, reference.episode)) > 1e-4,
                "the bound changes the steps");
        assertEqualsFiniteDifferences(reference, bounded);
    }

    @ParameterizedTest
    @EnumSource(Rates.Per.class)
    void learningRatesOfAllKindsEqualFiniteDifferences(Rates.Per per) {
        ReferenceCase reference = new ReferenceCase(compute, "sgd", 0);
        PerkObjective objective = new PerkObjective(reference.rates(per, ALL_SEGMENTS));
        ReferenceCase at = reference.with(objective.parameters(reference.learner));
        assertEqualsFiniteDifferences(at, objective);
    }

    private void assertEqualsFiniteDifferences(ReferenceCase reference, PerkObjective objective) {
        Parameters meta = reference.meta;
        Parameters gradient = objective.gradient(reference.learner, meta, reference.episode).gradient();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < meta.size(); i++) {
            // Along a random direction of each parameter: one number that depends on all its elements.
            double[] at = compute.download(meta.tensors().get(i));
            double[] direction = random.doubles(at.length, -1, 1).toArray();
            double[] slope = compute.download(gradient.tensors().get(i));
            double expected = 0;
            for (int j = 0; j < at.length; j++) {
                expected += slope[j] * direction[j];
            }
            double h = 1e-5;
            double difference = (lossAt(objective, reference, i, at, direction, h)
                    - lossAt(objective, reference, i, at, direction, -h)) / (2 * h);
            double difference2 = (lossAt(objective, reference, i, at, direction, 2 * h)
                    - lossAt(objective, reference, i, at, direction, -2 * h)) / (4 * h);
            double extrapolated = (4 * difference - difference2) / 3;
            assertEquals(extrapolated, expected, 1e-6 * Math.abs(expected) + 1e-9, meta.names().get(i));
        }
    }

    private double lossAt(PerkObjective objective, ReferenceCase reference, int parameter, double[] at,
                          double[] direction, double step) {
        double[] moved = at.clone();
        for (int j = 0; j < at.length; j++) {
            moved[j] += step * direction[j];
        }
        List<Tensor> tensors = new ArrayList<>(reference.meta.tensors());
        tensors.set(parameter, compute.constant(tensors.get(parameter).shape(), moved));
        Parameters meta = reference.meta.with(tensors);
        if (reference.episode.retained().isEmpty()) {
            return MetaGradientCheck.loss(objective, reference.learner, meta, reference.episode);
        }
        try (Scope scope = compute.scope()) {
            EpisodeLoop loop = objective.loop(reference.learner).on(reference.episode, meta);
            Tensor around = row(compute, meta.under("weighting.").tensors());
            return compute.download(loop.answerLoss(compute, loop.end(), around))[0];
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adamw"})
    void truncationReallyTruncates(String optimizer) {
        ReferenceCase reference = new ReferenceCase(compute, optimizer, 0);
        double[][] rates = new double[3][];
        double[][] weighting = new double[3][];
        for (int unroll : new int[] {0, 2, 4}) {
            Parameters gradient = new PerkObjective(reference.options(unroll, ALL_SEGMENTS))
                    .gradient(reference.learner, reference.meta, reference.episode).gradient();
            rates[unroll / 2] = compute.download(gradient.tensors().get(0));
            weighting[unroll / 2] = compute.download(gradient.get("weighting.fc2.weight"));
        }
        assertTrue(distance(rates[0], rates[2]) > 1e-3 && distance(rates[1], rates[2]) > 1e-3);
        assertEquals(0, distance(weighting[0], new double[weighting[0].length]),
                "first order: no gradient reaches the weights");
        assertTrue(distance(weighting[1], weighting[2]) > 1e-3);
    }

    @Test
    void dropoutDoesNotDependOnMicroBatches() {
        ReferenceCase reference = new ReferenceCase(compute, "adamw", 0.3);
        MetaGradient single = new PerkObjective(reference.options(4, ONE_SEGMENT))
                .gradient(reference.learner, reference.meta, reference.episode);
        MetaGradient whole = new PerkObjective(reference.options(4, ALL_SEGMENTS))
                .gradient(reference.learner, reference.meta, reference.episode);
        assertEquals(whole.loss(), single.loss(), 1e-12);
        assertClose(whole.gradient(), single.gradient(), 1e-9);
    }

    @Test
    void memoryIsFlatInTheContext() {
        long once = peak(1, 4, Rates.Per.TENSOR);
        assertEquals(once, peak(8, 4, Rates.Per.TENSOR), 0.02 * once);
    }

    @ParameterizedTest
    @EnumSource(Rates.Per.class)
    void memoryIsFlatInTheSteps(Rates.Per per) {
        long few = peak(1, 2, per);
        assertEquals(few, peak(1, 16, per), 0.02 * few);
    }

    private long peak(int repetitions, int steps, Rates.Per per) {
        try (Compute fresh = new JavaCompute(DType.FLOAT64)) {
            ReferenceCase reference = new ReferenceCase(fresh, "adamw", 0);
            List<EncodedText> segments = Collections.nCopies(repetitions, reference.episode.segments()).stream()
                    .flatMap(List::stream).toList();
            PerkObjective objective = new PerkObjective(reference.rates(steps, per, ONE_SEGMENT));
            ReferenceCase at = reference.with(objective.parameters(reference.learner));
            objective.gradient(at.learner, at.meta, new EncodedEpisode(0, segments, at.episode.answers()));
            return fresh.memory().peakBytes();
        }
    }

    @Test
    void nothingIsLeftBehind() {
        ReferenceCase reference = new ReferenceCase(compute, "adamw", 0.1);
        long before = compute.memory().liveBytes();
        PerkObjective objective = new PerkObjective(reference.options(4, 24));
        MetaGradient found = objective.gradient(reference.learner, reference.meta, reference.episode);
        MetaGradientCheck.loss(objective, reference.learner, reference.meta, reference.episode);
        found.gradient().tensors().forEach(compute::free);
        assertEquals(before, compute.memory().liveBytes());
    }

    private void assertClose(Parameters expected, Parameters found, double tolerance) {
        for (int i = 0; i < expected.size(); i++) {
            double[] e = compute.download(expected.tensors().get(i));
            double[] f = compute.download(found.tensors().get(i));
            double norm = distance(e, new double[e.length]);
            assertTrue(distance(e, f) <= tolerance * norm + 1e-14, expected.names().get(i) + ": relative difference "
                    + distance(e, f) / norm);
        }
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }
}
