package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.perk4j.distribution.EveryPlugin.ADAPTERS;
import static org.perk4j.distribution.EveryPlugin.MODELS;
import static org.perk4j.distribution.EveryPlugin.OBJECTIVES;
import static org.perk4j.distribution.EveryPlugin.OPTIMIZERS;
import static org.perk4j.distribution.EveryPlugin.only;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.bitfit.Bitfit;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.distribution.EveryPlugin.Chosen;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.objective.anil.Anil;
import org.perk4j.objective.imaml.Imaml;
import org.perk4j.objective.perk.Perk;
import org.perk4j.objective.reptile.Reptile;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.optimizer.adafactor.Adafactor;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.lion.Lion;
import org.perk4j.optimizer.muon.Muon;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tck.SmallLearner;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * Each adapter with each optimizer and each objective, and with PERK on each family of models, in float64: what an objective
 * gives as its gradient is what it says it is. Lion's steps have a slope almost everywhere, which is where these
 * tests look. What can't be combined is refused with the reason.
 */
class EveryCombinationTest {

    /**
     * So small, as Muon and tiny gradients make the loss curved, and Lion's signs make it jump wherever a gradient is zero;
     * differences of fourth order in float64 allow it.
     */
    private static final double STEP = 1e-7;

    private static final EncodedEpisode EPISODE =
            new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)), List.of(text(3, 5, 3)));

    private static final Chosen<ModelType> GPT2 = only(MODELS, Gpt2.class);
    private static final Chosen<OptimizerType<?>> SGD = only(OPTIMIZERS, Sgd.class);

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    private static EncodedText text(int seed, int length, int unscored) {
        return new EncodedText(new SplittableRandom(seed).ints(length, 0, EveryPlugin.VOCABULARY).toArray(), unscored);
    }

    /** GPT-2 has biases, so that all adapters fit it. */
    private static Stream<Arguments> adaptersAndOptimizers() {
        return ADAPTERS.stream().flatMap(adapter -> OPTIMIZERS.stream()
                .map(optimizer -> Arguments.of(adapter, optimizer)));
    }

    private static Stream<Arguments> modelsAdaptersAndOptimizers() {
        return MODELS.stream().flatMap(model -> ADAPTERS.stream().filter(adapter -> fits(adapter, model))
                .flatMap(adapter -> OPTIMIZERS.stream().map(optimizer -> Arguments.of(model, adapter, optimizer))));
    }

    private static boolean fits(Chosen<AdapterType<?>> adapter, Chosen<ModelType> model) {
        return !adapter.is(Bitfit.class)
                || EveryPlugin.model(model).parameters().stream().anyMatch(weight -> weight.name().endsWith(".bias"));
    }

    private Learner learner(Chosen<ModelType> chosen, Chosen<AdapterType<?>> adapter, Chosen<OptimizerType<?>> optimizer) {
        Model model = EveryPlugin.model(chosen);
        return new Learner(compute, new ReverseMode(), model, SmallLearner.weights(compute, model),
                EveryPlugin.adapter(adapter, model), EveryPlugin.optimizer(optimizer));
    }

    private static MetaObjective objective(Class<?> type) {
        return EveryPlugin.objective(only(OBJECTIVES, type));
    }

    @ParameterizedTest
    @MethodSource("modelsAdaptersAndOptimizers")
    void perksGradientIsTheSlopeOfTheLoss(Chosen<ModelType> model, Chosen<AdapterType<?>> adapter,
                                          Chosen<OptimizerType<?>> optimizer) {
        assertIsSlope(objective(Perk.class), learner(model, adapter, optimizer));
    }

    @ParameterizedTest
    @MethodSource("adaptersAndOptimizers")
    void anilsGradientIsTheSlopeOfTheLoss(Chosen<AdapterType<?>> adapter, Chosen<OptimizerType<?>> optimizer) {
        assertIsSlope(objective(Anil.class), learner(GPT2, adapter, optimizer));
    }

    /** Of the loss as it is if the contexts' gradients stay what they are, wherever the adapter starts from. */
    @ParameterizedTest
    @MethodSource("adaptersAndOptimizers")
    void firstOrderTakesTheContextsGradientsForConstants(Chosen<AdapterType<?>> adapter,
                                                         Chosen<OptimizerType<?>> optimizer) {
        Map<String, Object> options = new HashMap<>(only(OBJECTIVES, Perk.class).options());
        options.put("unroll", 0);
        MetaObjective objective = EveryPlugin.objective(new Perk(), options);
        Learner learner = learner(GPT2, adapter, optimizer);
        Parameters meta = MetaGradientCheck.drawn(objective, learner);
        SameGradients same = new SameGradients(compute, learner.autodiff());
        Learner constant = new Learner(compute, same, learner.model(), learner.weights(), learner.adapter(),
                learner.optimizer());
        MetaGradientCheck.loss(objective, constant, meta, EPISODE);
        assertIsSlope(objective, learner, meta, moved -> {
            same.again();
            return MetaGradientCheck.loss(objective, constant, moved, EPISODE);
        });
    }

    /** Exact where the steps have come to rest, so with optimizers that do. */
    @ParameterizedTest
    @FieldSource("org.perk4j.distribution.EveryPlugin#ADAPTERS")
    void imamlsGradientIsTheSlopeOfTheLoss(Chosen<AdapterType<?>> adapter) {
        assertIsSlope(objective(Imaml.class), learner(GPT2, adapter, SGD));
    }

    /** A step against it, times the learning rate, leads to where the inner steps lead to. */
    @ParameterizedTest
    @MethodSource("adaptersAndOptimizers")
    void reptilesIsTheWayThatTheStepsWent(Chosen<AdapterType<?>> adapter, Chosen<OptimizerType<?>> optimizer) {
        Chosen<ObjectiveType<?>> reptile = only(OBJECTIVES, Reptile.class);
        double rate = (Double) reptile.options().get("learningRate");
        MetaObjective objective = EveryPlugin.objective(reptile);
        Learner learner = learner(GPT2, adapter, optimizer);
        Parameters meta = MetaGradientCheck.drawn(objective, learner);
        List<EncodedText> seen = Stream.of(EPISODE.segments(), EPISODE.answers()).flatMap(List::stream).toList();
        Parameters end = objective.encode(learner, meta, seen, passes -> { }).adapter();
        Parameters found = objective.gradient(learner, meta, EPISODE).gradient();
        double square = 0;
        for (String name : end.names()) {
            Tensor way = found.get("adapter." + name);
            square += dot(way, way);
            assertArrayEquals(compute.download(end.get(name)),
                    compute.download(compute.combine(1, meta.get("adapter." + name), -rate, way)), 1e-13, name);
        }
        assertTrue(square > 1e-8, "nothing moves");
    }

    private void assertIsSlope(MetaObjective objective, Learner learner) {
        assertIsSlope(objective, learner, MetaGradientCheck.drawn(objective, learner),
                meta -> MetaGradientCheck.loss(objective, learner, meta, EPISODE));
    }

    /** Along one direction of all that is learned. */
    private void assertIsSlope(MetaObjective objective, Learner learner, Parameters meta,
                               ToDoubleFunction<Parameters> loss) {
        List<Tensor> gradient = objective.gradient(learner, meta, EPISODE).gradient().tensors();
        SplittableRandom random = new SplittableRandom(7);
        List<ParameterSpec> specs = objective.parameters(learner);
        double slope = 0;
        double square = 0;
        List<Tensor> along = new ArrayList<>();
        for (int i = 0; i < meta.size(); i++) {
            boolean learned = specs.get(i).learned();
            Tensor direction = compute.constant(specs.get(i).shape(),
                    random.doubles(specs.get(i).shape().size(), -1, 1).map(x -> learned ? x : 0).toArray());
            slope += dot(gradient.get(i), direction);
            square += dot(gradient.get(i), gradient.get(i));
            along.add(direction);
        }
        double[] losses = new double[5];
        for (int k = -2; k <= 2; k++) {
            List<Tensor> moved = new ArrayList<>();
            for (int i = 0; i < meta.size(); i++) {
                moved.add(compute.combine(1, meta.tensors().get(i), k * STEP, along.get(i)));
            }
            losses[k + 2] = loss.applyAsDouble(meta.with(moved));
        }
        double difference = (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * STEP);
        assertTrue(square > 1e-8, "nothing is learned");
        assertEquals(difference, slope, 1e-5 * Math.max(1, Math.abs(difference)));
    }

    private double dot(Tensor a, Tensor b) {
        return compute.download(compute.dot(a, b))[0];
    }

    // ---- what can't be combined

    private static String refusal(Runnable combination) {
        return assertThrows(IllegalArgumentException.class, combination::run).getMessage();
    }

    @ParameterizedTest
    @FieldSource("org.perk4j.distribution.EveryPlugin#MODELS")
    void biasesAreTunedWhereThereAreSome(Chosen<ModelType> model) {
        Chosen<AdapterType<?>> bitfit = only(ADAPTERS, Bitfit.class);
        if (!fits(bitfit, model)) {
            String message = refusal(() -> learner(model, bitfit, SGD));
            assertTrue(message.contains("no biases") && message.contains("norms"), message);
        }
    }

    /** ANIL moves LoRA's B, unless it is told what to move. */
    @ParameterizedTest
    @FieldSource("org.perk4j.distribution.EveryPlugin#ADAPTERS")
    void anilMovesSomething(Chosen<AdapterType<?>> adapter) {
        Learner learner = learner(GPT2, adapter, SGD);
        MetaObjective anil = EveryPlugin.objective(new Anil(), Map.of());
        if (learner.adapter().parameters().stream().noneMatch(spec -> spec.name().contains("lora_B"))) {
            String message = refusal(() -> anil.parameters(learner));
            assertTrue(message.contains("update nothing") && message.contains(learner.adapter().parameters().get(0).name()),
                    message);
        } else {
            assertTrue(!anil.parameters(learner).isEmpty());
        }
    }

    /** Most optimizers' steps are as long near the minimum as far from it, but for those with an epsilon that is felt. */
    @Test
    void imamlWantsAnOptimizerThatComesToRest() {
        String decay = "weightDecay";
        assertRefusedByImaml(decay, new Sgd(), Map.of(decay, 0.1));
        assertRefusedByImaml(decay, new AdamW(), Map.of(decay, 0.1));
        assertRefusedByImaml("shorter", new AdamW(), Map.of(decay, 0));
        assertRefusedByImaml("shorter", new Adafactor(), Map.of());
        assertRefusedByImaml("shorter", new Lion(), Map.of());
        assertRefusedByImaml("shorter", new Muon(), Map.of(decay, 0));
        assertTrue(!imamlWith(new Sgd(), Map.of("momentum", 0.9)).isEmpty());
        assertTrue(!imamlWith(new AdamW(), Map.of(decay, 0, "epsilon", 1e-2, "epsilonInsideRoot", true)).isEmpty());
    }

    private void assertRefusedByImaml(String reason, OptimizerType<?> type, Map<String, Object> options) {
        String message = refusal(() -> imamlWith(type, options));
        assertTrue(message.contains(reason) && message.contains("sgd"), message);
    }

    private List<ParameterSpec> imamlWith(OptimizerType<?> type, Map<String, Object> options) {
        return objective(Imaml.class).parameters(learner(GPT2, only(ADAPTERS, Lora.class), new Chosen<>(type, options)));
    }

    /** {@code plugins/adapter-lora} is {@code org.perk4j.adapter.lora}: no plugin of these kinds is forgotten here. */
    @Test
    void everyPluginIsHere() throws Exception {
        Set<String> listed = Stream.of(ADAPTERS, OPTIMIZERS, OBJECTIVES, MODELS).flatMap(List::stream)
                .map(chosen -> chosen.plugin().getClass().getPackageName().replace("org.perk4j.", "").replace('.', '-'))
                .collect(Collectors.toCollection(TreeSet::new));
        try (Stream<Path> folders = Files.list(Path.of("../plugins"))) {
            assertEquals(folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> name.matches("(adapter|optimizer|objective|model)-.*"))
                    .collect(Collectors.toCollection(TreeSet::new)), listed);
        }
    }
}
