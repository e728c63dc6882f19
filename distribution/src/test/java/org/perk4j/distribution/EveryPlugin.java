package org.perk4j.distribution;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.adalora.AdaLora;
import org.perk4j.adapter.bitfit.Bitfit;
import org.perk4j.adapter.dora.Dora;
import org.perk4j.adapter.full.Full;
import org.perk4j.adapter.ia3.Ia3;
import org.perk4j.adapter.loha.Loha;
import org.perk4j.adapter.lokr.Lokr;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.norms.Norms;
import org.perk4j.adapter.oft.Oft;
import org.perk4j.adapter.prefix.Prefix;
import org.perk4j.adapter.prompt.Prompt;
import org.perk4j.adapter.vera.Vera;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.Parameters;
import org.perk4j.model.gemma2.Gemma2;
import org.perk4j.model.gemma3.Gemma3;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.mistral.Mistral;
import org.perk4j.model.olmo2.Olmo2;
import org.perk4j.model.phi3.Phi3;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.model.qwen3.Qwen3;
import org.perk4j.model.smollm3.SmolLm3;
import org.perk4j.objective.anil.Anil;
import org.perk4j.objective.imaml.Imaml;
import org.perk4j.objective.perk.Perk;
import org.perk4j.objective.reptile.Reptile;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.optimizer.adafactor.Adafactor;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.lion.Lion;
import org.perk4j.optimizer.muon.Muon;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.plugin.Plugin;
/** Every plugin that learns or is learned with, with options and sizes for tests. Whoever adds a plugin adds a line. */
final class EveryPlugin {

    static final int VOCABULARY = 11;

    /** Parameters of the MLPs, of norms before them, and virtual tokens. */
    private static final List<String> SOME_OF_ANY_ADAPTER = List.of("mlp", "ln_2", "post_attention_layernorm",
            "prompt_embeddings");

    private static final Map<String, Object> LOW_RANK = Map.of("rank", 2, "alpha", 3);

    private static final Map<String, Object> VIRTUAL_TOKENS = Map.of("numVirtualTokens", 2, "standardDeviation", 0.5);

    static final List<Chosen<AdapterType<?>>> ADAPTERS = List.of(
            chosen(new AdaLora(), Map.of("initR", 2, "targetR", 1, "orthRegWeight", 0.05)),
            chosen(new Bitfit(), Map.of()),
            chosen(new Dora(), LOW_RANK),
            chosen(new Full(), Map.of()),
            chosen(new Ia3(), Map.of("feedforwardModules", List.of("mlp.c_proj", "down_proj"))),
            chosen(new Loha(), LOW_RANK),
            chosen(new Lokr(), LOW_RANK),
            chosen(new Lora(), LOW_RANK),
            chosen(new Lora(),
                    Map.of("rank", 2, "alpha", 3, "initLoraWeights", "pissa", "loraplusLrRatio", 1.5)),
            chosen(new Norms(), Map.of()),
            chosen(new Oft(), Map.of("oftBlockSize", 4)),
            chosen(new Prefix(), VIRTUAL_TOKENS),
            chosen(new Prompt(), VIRTUAL_TOKENS),
            chosen(new Vera(), Map.of("rank", 3)));

    static final List<Chosen<OptimizerType<?>>> OPTIMIZERS = List.of(
            chosen(new Adafactor(), Map.of("epsilon", 1e-2)),
            chosen(new AdamW(), Map.of("epsilon", 1e-2, "epsilonInsideRoot", true)),
            chosen(new Lion(), Map.of()),
            chosen(new Muon(), Map.of("iterations", 2)),
            chosen(new Sgd(), Map.of("momentum", 0.5, "nesterov", true)));

    static final List<Chosen<ObjectiveType<?>>> OBJECTIVES = List.of(
            chosen(new Anil(), Map.of("steps", 2, "learningRate", 0.05, "moves", SOME_OF_ANY_ADAPTER)),
            chosen(new Imaml(),
                    Map.of("steps", 100, "learningRate", 0.05, "pull", 6, "solverSteps", 40, "tolerance", 1e-12)),
            chosen(new Perk(), Map.of("steps", 2, "learningRate", 0.05, "weightingUnits", 3)),
            chosen(new Reptile(), Map.of("steps", 2, "learningRate", 0.05)));

    private static final Map<String, Object> LIKE_LLAMA = Map.of("vocab_size", (double) VOCABULARY,
            "max_position_embeddings", 8.0, "hidden_size", 8.0, "intermediate_size", 12.0, "num_hidden_layers", 1.0,
            "num_attention_heads", 2.0, "num_key_value_heads", 1.0, "head_dim", 4.0);

    /** Of one block, in which windows are shorter than the texts, but virtual tokens are seen from the first answer. */
    static final List<Chosen<ModelType>> MODELS = List.of(
            chosen(new Gemma2(), likeLlama(Map.of("sliding_window", 4.0, "query_pre_attn_scalar", 4.0))),
            chosen(new Gemma3(), likeLlama(Map.of("sliding_window", 4.0, "query_pre_attn_scalar", 4.0))),
            chosen(new Gpt2(), Map.of("vocab_size", (double) VOCABULARY, "n_positions", 8.0, "n_embd", 8.0, "n_layer", 1.0,
                    "n_head", 2.0)),
            chosen(new Llama(), LIKE_LLAMA),
            chosen(new Mistral(), likeLlama(Map.of("sliding_window", 4.0))),
            chosen(new Olmo2(), LIKE_LLAMA),
            chosen(new Phi3(), likeLlama(Map.of("partial_rotary_factor", 0.5))),
            chosen(new Qwen2(), LIKE_LLAMA),
            chosen(new Qwen3(), LIKE_LLAMA),
            chosen(new SmolLm3(), likeLlama(Map.of("no_rope_layer_interval", 1.0))));

    private EveryPlugin() {
    }

    /**
     * A plugin.
     *
     * @param options as a job gives them; of a model its {@code config.json}
     */
    record Chosen<P>(P plugin, Map<String, Object> options) {

        boolean is(Class<?> type) {
            return type.isInstance(plugin);
        }

        @Override
        public String toString() {
            return plugin.getClass().getSimpleName();
        }
    }

    private static <P> Chosen<P> chosen(P plugin, Map<String, Object> options) {
        return new Chosen<>(plugin, options);
    }

    private static Map<String, Object> likeLlama(Map<String, Object> further) {
        Map<String, Object> config = new HashMap<>(LIKE_LLAMA);
        config.putAll(further);
        return config;
    }

    static <P> Chosen<P> only(List<Chosen<P>> all, Class<?> type) {
        return all.stream().filter(each -> each.is(type)).findFirst().orElseThrow();
    }

    static Model model(Chosen<ModelType> chosen) {
        return chosen.plugin().create(chosen.options());
    }

    static Adapter adapter(Chosen<AdapterType<?>> chosen, Model model) {
        return adapter(chosen.plugin(), chosen.options(), model);
    }

    private static <O extends Record> Adapter adapter(AdapterType<O> type, Map<String, Object> options, Model model) {
        return type.create(bind(type, options), model);
    }

    static InnerOptimizer optimizer(Chosen<OptimizerType<?>> chosen) {
        return optimizer(chosen.plugin(), chosen.options());
    }

    private static <O extends Record> InnerOptimizer optimizer(OptimizerType<O> type, Map<String, Object> options) {
        return type.create(bind(type, options));
    }

    static MetaObjective objective(Chosen<ObjectiveType<?>> chosen) {
        return objective(chosen.plugin(), chosen.options());
    }

    static <O extends Record> MetaObjective objective(ObjectiveType<O> type, Map<String, Object> options) {
        return type.create(bind(type, options));
    }

    private static <O extends Record> O bind(Plugin<O> plugin, Map<String, Object> options) {
        return Options.bind(JsonValue.of(options), plugin.options());
    }
}
