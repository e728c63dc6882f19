package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.bitfit.Bitfit;
import org.perk4j.adapter.dora.Dora;
import org.perk4j.adapter.full.Full;
import org.perk4j.adapter.ia3.Ia3;
import org.perk4j.adapter.loha.Loha;
import org.perk4j.adapter.lokr.Lokr;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.norms.Norms;
import org.perk4j.adapter.vera.Vera;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.objective.perk.Perk;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.optimizer.adafactor.Adafactor;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.muon.Muon;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.plugin.Plugin;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * Each adapter with each optimizer, on GPT-2 and Llama: the exact meta-gradient through two steps is the slope of the loss,
 * in float64. Lion isn't here, as its steps have no slope.
 */
class EveryCombinationTest {

    /** So small, as Muon and tiny gradients make the loss curved; differences of fourth order in float64 allow it. */
    private static final double STEP = 2e-6;
    private static final Map<String, Object> SMALL = Map.of("rank", 2, "alpha", 3);

    private static final Map<AdapterType<?>, Map<String, Object>> ADAPTERS = Map.of(
            new Lora(), SMALL, new Dora(), SMALL, new Loha(), SMALL, new Lokr(), SMALL, new Vera(), Map.of("rank", 3),
            new Ia3(), Map.of("feedforwardModules", List.of("down_proj")),
            new Bitfit(), Map.of(), new Norms(), Map.of(), new Full(), Map.of());

    private static final Map<OptimizerType<?>, Map<String, Object>> OPTIMIZERS = Map.of(
            new Sgd(), Map.of("momentum", 0.5, "nesterov", true),
            new AdamW(), Map.of("epsilon", 1e-2, "epsilonInsideRoot", true),
            new Adafactor(), Map.of("epsilon", 1e-2), new Muon(), Map.of("iterations", 2));

    private static final Map<ModelType, Map<String, Object>> MODELS = Map.of(
            new Gpt2(), Map.of("vocab_size", 11.0, "n_positions", 8.0, "n_embd", 8.0, "n_layer", 1.0, "n_head", 2.0),
            new Llama(), Map.of("vocab_size", 11.0, "max_position_embeddings", 8.0, "hidden_size", 8.0,
                    "intermediate_size", 12.0, "num_hidden_layers", 1.0, "num_attention_heads", 2.0,
                    "num_key_value_heads", 1.0));

    private static Stream<Arguments> combinations() {
        return MODELS.keySet().stream().flatMap(model -> ADAPTERS.keySet().stream()
                .filter(adapter -> !(adapter instanceof Bitfit && model instanceof Llama)) // which has no biases
                .flatMap(adapter -> OPTIMIZERS.keySet().stream()
                        .map(optimizer -> Arguments.of(named(model), named(adapter), named(optimizer)))));
    }

    private static Named<Object> named(Object plugin) {
        return Named.of(name(plugin), plugin);
    }

    private static String name(Object plugin) {
        return plugin.getClass().getSimpleName();
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void metaGradientIsTheSlope(ModelType modelType, AdapterType<?> adapterType, OptimizerType<?> optimizerType) {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Model model = modelType.create(MODELS.get(modelType));
            Learner learner = new Learner(compute, new ReverseMode(), model, weights(compute, model),
                    adapter(adapterType, model), optimizer(optimizerType));
            Perk perk = new Perk();
            MetaObjective objective = perk.create(bind(perk, Map.of("steps", 2, "learningRate", 0.05, "weightingUnits", 3)));
            EncodedEpisode episode = new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)), List.of(text(3, 5, 3)));
            Parameters meta = MetaGradientCheck.drawn(objective, learner);
            MetaGradient found = objective.gradient(learner, meta, episode);

            SplittableRandom random = new SplittableRandom(7);
            List<ParameterSpec> specs = objective.parameters(learner);
            double slope = 0;
            List<Tensor> along = new ArrayList<>();
            for (int i = 0; i < meta.size(); i++) {
                boolean learned = specs.get(i).learned();
                Tensor direction = compute.constant(specs.get(i).shape(),
                        random.doubles(specs.get(i).shape().size(), -1, 1).map(x -> learned ? x : 0).toArray());
                slope += compute.download(compute.dot(found.gradient().tensors().get(i), direction))[0];
                along.add(direction);
            }
            double[] losses = new double[5];
            for (int k = -2; k <= 2; k++) {
                List<Tensor> moved = new ArrayList<>();
                for (int i = 0; i < meta.size(); i++) {
                    moved.add(compute.combine(1, meta.tensors().get(i), k * STEP, along.get(i)));
                }
                losses[k + 2] = MetaGradientCheck.loss(objective, learner, meta.with(moved), episode);
            }
            double difference = (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * STEP);
            assertTrue(Math.abs(slope) > 1e-4, "nothing is learned");
            assertEquals(difference, slope, 1e-5 * Math.max(1, Math.abs(difference)),
                    name(modelType) + ", " + name(adapterType) + ", " + name(optimizerType));
        }
    }

    private static Parameters weights(Compute compute, Model model) {
        SplittableRandom random = new SplittableRandom(4);
        List<Tensor> weights = new ArrayList<>();
        for (ParameterSpec spec : model.parameters()) {
            double mean = ((Initial.Normal) spec.initial()).mean();
            weights.add(compute.constant(spec.shape(), random.doubles(spec.shape().size(), mean - 0.5, mean + 0.5)
                    .toArray()));
        }
        return new Parameters(model.parameters().stream().map(ParameterSpec::name).toList(), weights);
    }

    private static <O extends Record> Adapter adapter(AdapterType<O> type, Model model) {
        return type.create(bind(type, ADAPTERS.get(type)), model);
    }

    private static <O extends Record> InnerOptimizer optimizer(OptimizerType<O> type) {
        return type.create(bind(type, OPTIMIZERS.get(type)));
    }

    private static <O extends Record> O bind(Plugin<O> plugin, Map<String, Object> options) {
        return Options.bind(JsonValue.of(options), plugin.options());
    }

    private static EncodedText text(int seed, int length, int unscored) {
        return new EncodedText(new SplittableRandom(seed).ints(length, 0, 11).toArray(), unscored);
    }
}
