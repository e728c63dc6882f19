package org.perk4j.model.llama;

import java.util.List;
import java.util.Map;
import org.perk4j.formats.ModelConfig;
import org.perk4j.tensor.Heads;

/**
 * What {@code config.json} says about a model of this family.
 *
 * @param vocabulary        {@code vocab_size}
 * @param positions         {@code max_position_embeddings}
 * @param width             {@code hidden_size}
 * @param layers            {@code num_hidden_layers}
 * @param heads             {@code num_attention_heads}, {@code num_key_value_heads} (as many if null), {@code head_dim}
 *                          (their share of the width if null)
 * @param inner             {@code intermediate_size}, columns within a block's MLP
 * @param rotation          {@code rope_theta} and {@code rope_scaling}, or {@code rope_parameters}
 * @param biases            which layers have them
 * @param tiedHead          {@code tie_word_embeddings}: whether the output embedding is the input embedding
 * @param epsilon           {@code rms_norm_eps}
 * @param standardDeviation {@code initializer_range}, of the initial weights
 */
record LlamaConfig(int vocabulary, int positions, int width, int layers, Heads heads, int inner, Rotation rotation,
                   Biases biases, boolean tiedHead, double epsilon, double standardDeviation) {

    /** Which linear layers have biases. */
    record Biases(boolean queriesKeysValues, boolean attentionOutput, boolean mlp) {
    }

    /** @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant */
    static LlamaConfig ofLlama(Map<String, Object> config) {
        ModelConfig keys = new ModelConfig("llama", config);
        boolean ofAttention = keys.flag("attention_bias");
        return of(keys, new Biases(ofAttention, ofAttention, keys.flag("mlp_bias")));
    }

    /** @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant */
    static LlamaConfig ofQwen2(Map<String, Object> config) {
        ModelConfig keys = new ModelConfig("qwen2", config);
        requireWholeAttention(keys);
        return of(keys, new Biases(true, false, false));
    }

    /** In some layers, from {@code max_window_layers} on if not said otherwise, tokens may see the nearest others only. */
    private static void requireWholeAttention(ModelConfig keys) {
        List<String> layers = keys.texts("layer_types");
        boolean windows = layers.isEmpty() ? keys.flag("use_sliding_window")
                && keys.count("max_window_layers", 28) < keys.count("num_hidden_layers")
                : !layers.stream().allMatch("full_attention"::equals);
        if (windows && keys.count("sliding_window", 4096) < keys.count("max_position_embeddings")) {
            throw keys.refusal("sliding_window", "attention to the nearest tokens only is not supported for qwen2: set"
                    + " max_position_embeddings to it to read texts no longer than that");
        }
    }

    /** @return how many weights such a model has; {@link Long#MAX_VALUE} if more than that */
    long weights() {
        double queries = heads.queryColumns();
        double keysValues = 2.0 * heads.keyValueColumns();
        double matrices = width * (2 * queries + keysValues + 3.0 * inner);
        double vectors = 2.0 * width + (biases.queriesKeysValues() ? queries + keysValues : 0)
                + (biases.attentionOutput() ? width : 0) + (biases.mlp() ? 2.0 * inner + width : 0);
        return (long) ((tiedHead ? 1.0 : 2.0) * vocabulary * width + layers * (matrices + vectors) + width);
    }

    private static LlamaConfig of(ModelConfig keys, Biases biases) {
        keys.oneOf("hidden_act", List.of("silu"), "take a model with this activation");
        keys.requireOnly("is_causal", true, "each token attends to what precedes it");
        keys.refuse("quantization_config", "take the model that was not quantized");
        int width = keys.count("hidden_size");
        return new LlamaConfig(
                keys.count("vocab_size"),
                keys.count("max_position_embeddings"),
                width,
                keys.count("num_hidden_layers"),
                heads(keys, width),
                keys.count("intermediate_size"),
                Rotation.of(keys),
                biases,
                keys.flag("tie_word_embeddings"),
                keys.positiveNumber("rms_norm_eps", 1e-6),
                keys.positiveNumber("initializer_range", 0.02));
    }

    private static Heads heads(ModelConfig keys, int width) {
        int queries = keys.count("num_attention_heads");
        int keyValues = keys.count("num_key_value_heads", queries);
        if (queries % keyValues != 0) {
            throw keys.refusal("num_key_value_heads", keyValues + " don't divide num_attention_heads = " + queries);
        }
        if (!keys.has("head_dim") && width % queries != 0) {
            throw keys.refusal("num_attention_heads", queries + " heads don't divide hidden_size = " + width
                    + ": set head_dim, or another number");
        }
        int size = keys.has("head_dim") ? keys.count("head_dim") : width / queries;
        if (size % 2 != 0) {
            throw keys.refusal("head_dim", size + " columns can't be rotated in pairs: it must be even");
        }
        keys.requireSensible("num_attention_heads", (long) queries * size);
        return new Heads(queries, keyValues, size);
    }
}
