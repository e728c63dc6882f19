package org.perk4j.model.gpt2;

import java.util.List;
import java.util.Map;
import org.perk4j.formats.ModelConfig;
import org.perk4j.tensor.Activation;

/**
 * The configuration of a GPT-2 model, from {@code config.json}.
 *
 * @param vocabulary        {@code vocab_size}
 * @param positions         {@code n_positions}, or {@code n_ctx} in older files
 * @param width             {@code n_embd}
 * @param layers            {@code n_layer}
 * @param heads             {@code n_head}; divides the width
 * @param inner             {@code n_inner}, the inner width of a block's MLP; 4·width if null
 * @param activation        {@code activation_function} of the MLP
 * @param epsilon           {@code layer_norm_epsilon}
 * @param standardDeviation {@code initializer_range}, the standard deviation of the initial weights
 */
record Gpt2Config(int vocabulary, int positions, int width, int layers, int heads, int inner, Activation activation,
                  double epsilon, double standardDeviation) {

    /** @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant */
    static Gpt2Config of(Map<String, Object> config) {
        ModelConfig keys = new ModelConfig("gpt2", config);
        keys.requireOnly("tie_word_embeddings", true, "the head is tied to the embedding");
        keys.requireOnly("scale_attn_weights", true, "attention is scaled by 1/√(size of a head)");
        keys.requireOnly("scale_attn_by_inverse_layer_idx", false, "attention is not scaled by layer");
        keys.requireOnly("add_cross_attention", false, "it is decoder-only");
        keys.requireOnly("is_causal", true, "tokens attend to preceding tokens only");
        keys.refuse("quantization_config", "use the unquantized model");
        int width = keys.count("n_embd");
        int heads = keys.count("n_head");
        if (width % heads != 0) {
            throw keys.refusal("n_head", heads + " heads don't divide n_embd = " + width);
        }
        return new Gpt2Config(
                keys.count("vocab_size"),
                keys.count(keys.has("n_ctx") && !keys.has("n_positions") ? "n_ctx" : "n_positions"),
                width,
                keys.count("n_layer"),
                heads,
                keys.has("n_inner") ? keys.count("n_inner") : keys.requireSensible("n_embd", 4L * width),
                activation(keys),
                keys.positiveNumber("layer_norm_epsilon", 1e-5),
                keys.positiveNumber("initializer_range", 0.02));
    }

    private static Activation activation(ModelConfig keys) {
        String name = keys.oneOf("activation_function", List.of("gelu_new", "gelu_pytorch_tanh", "gelu"),
                "use a model with one of these activations");
        return name.equals("gelu") ? Activation.GELU : Activation.GELU_TANH;
    }
}
