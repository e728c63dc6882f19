package org.perk4j.model.gpt2;

import java.util.Map;
import org.perk4j.tensor.Function;

/**
 * What {@code config.json} says about a GPT-2 model.
 *
 * @param vocabulary        {@code vocab_size}
 * @param positions         {@code n_positions}, or {@code n_ctx} in older files
 * @param width             {@code n_embd}
 * @param layers            {@code n_layer}
 * @param heads             {@code n_head}; divides the width
 * @param inner             {@code n_inner}, columns between the two layers of a block's MLP; 4·width if null
 * @param activation        {@code activation_function}, between those layers
 * @param epsilon           {@code layer_norm_epsilon}
 * @param standardDeviation {@code initializer_range}, of the initial weights
 */
record Gpt2Config(int vocabulary, int positions, int width, int layers, int heads, int inner, Function activation,
                  double epsilon, double standardDeviation) {

    /** @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant */
    static Gpt2Config of(Map<String, Object> config) {
        requireVariant(config, "tie_word_embeddings", true, "its output embedding is its input embedding");
        requireVariant(config, "scale_attn_weights", true, "attention is scaled by 1/√(size of a head)");
        requireVariant(config, "scale_attn_by_inverse_layer_idx", false, "attention is not scaled by layer");
        requireVariant(config, "add_cross_attention", false, "it is decoder-only");
        int width = positive(config, "n_embd");
        int heads = positive(config, "n_head");
        if (width % heads != 0) {
            throw new IllegalArgumentException("n_head: " + heads + " heads don't divide n_embd = " + width);
        }
        return new Gpt2Config(
                positive(config, "vocab_size"),
                positive(config, config.containsKey("n_positions") ? "n_positions" : "n_ctx"),
                width,
                positive(config, "n_layer"),
                heads,
                config.get("n_inner") == null ? Math.multiplyExact(4, width) : positive(config, "n_inner"),
                activation(config.getOrDefault("activation_function", "gelu_new")),
                positive(config, "layer_norm_epsilon", 1e-5),
                positive(config, "initializer_range", 0.02));
    }

    /** Absent means supported: files leave out what Hugging Face added after they were written. */
    private static void requireVariant(Map<String, Object> config, String key, boolean supported, String because) {
        Object value = config.getOrDefault(key, supported);
        if (!Boolean.valueOf(supported).equals(value)) {
            throw new IllegalArgumentException(key + ": " + value + " is not supported for gpt2, only " + supported + ": "
                    + because);
        }
    }

    private static int positive(Map<String, Object> config, String key) {
        Object value = config.get(key);
        if (value == null) {
            throw new IllegalArgumentException(key + ": missing");
        }
        if (!(value instanceof Number number) || number.intValue() < 1 || number.intValue() != number.doubleValue()) {
            throw new IllegalArgumentException(key + ": " + value + " is not a positive integer");
        }
        return number.intValue();
    }

    private static double positive(Map<String, Object> config, String key, double absent) {
        Object value = config.getOrDefault(key, absent);
        if (!(value instanceof Number number) || !(number.doubleValue() > 0)) {
            throw new IllegalArgumentException(key + ": " + value + " is not a positive number");
        }
        return number.doubleValue();
    }

    private static Function activation(Object name) {
        if ("gelu_new".equals(name) || "gelu_pytorch_tanh".equals(name)) {
            return Function.GELU_TANH;
        }
        if ("gelu".equals(name)) {
            return Function.GELU;
        }
        throw new IllegalArgumentException("activation_function: " + name
                + " is not supported for gpt2, only gelu_new and gelu");
    }
}
