package org.perk4j.formats;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.GgufWeights.Layout;

/** Llama and the families that descend from it. */
class GgufLlama extends GgufArchitecture {

    static final String BLOCK = "model.layers.%s.";

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("token_embd", "model.embed_tokens"),
            Map.entry("output_norm", "model.norm"),
            Map.entry("output", "lm_head"),
            Map.entry("blk.attn_norm", BLOCK + "input_layernorm"),
            Map.entry("blk.attn_q", BLOCK + "self_attn.q_proj"),
            Map.entry("blk.attn_k", BLOCK + "self_attn.k_proj"),
            Map.entry("blk.attn_v", BLOCK + "self_attn.v_proj"),
            Map.entry("blk.attn_output", BLOCK + "self_attn.o_proj"),
            Map.entry("blk.ffn_norm", BLOCK + "post_attention_layernorm"),
            Map.entry("blk.ffn_gate", BLOCK + "mlp.gate_proj"),
            Map.entry("blk.ffn_up", BLOCK + "mlp.up_proj"),
            Map.entry("blk.ffn_down", BLOCK + "mlp.down_proj"));

    private static final Map<String, String> NORMS_OF_HEADS = Map.of(
            "blk.attn_q_norm", BLOCK + "self_attn.q_norm",
            "blk.attn_k_norm", BLOCK + "self_attn.k_norm");

    /** What they yield is normalised, not what they read. */
    private static final Map<String, String> NORMS_OF_OLMO = Map.of(
            "blk.post_attention_norm", BLOCK + "post_attention_layernorm",
            "blk.post_ffw_norm", BLOCK + "post_feedforward_layernorm");

    private static final Map<String, String> NORMS_OF_GEMMA = Map.of(
            "blk.post_attention_norm", BLOCK + "post_attention_layernorm",
            "blk.ffn_norm", BLOCK + "pre_feedforward_layernorm",
            "blk.post_ffw_norm", BLOCK + "post_feedforward_layernorm");

    private static final Set<String> KEYS = Set.of("vocab_size", "context_length", "embedding_length", "block_count",
            "feed_forward_length", "attention.head_count", "attention.head_count_kv", "attention.key_length",
            "attention.value_length", "attention.layer_norm_rms_epsilon", "attention.sliding_window", "attention.causal",
            "rope.dimension_count", "rope.freq_base", "rope.scaling.type", "rope.scaling.factor",
            "rope.scaling.original_context_length", "rope.scaling.finetuned", "rope.scaling.attn_factor", "expert_count",
            "expert_used_count", "attn_logit_softcapping", "final_logit_softcapping", "rope.freq_base_swa",
            "attention.sliding_window_pattern");

    /** The divisors of the angles of Llama 3's rotation; the converter doesn't write the parameters that gave them. */
    private static final String ROTATION = "rope_freqs.weight";

    /** Their rows of queries and keys were put side by side by the converter. */
    private static final Set<String> PAIRED = Set.of("llama", "smollm3");

    private final String type;

    /** @param type Hugging Face's {@code model_type} */
    GgufLlama(String type) {
        this(type, names(type), Set.of(ROTATION));
    }

    /** See {@link GgufArchitecture#GgufArchitecture}. */
    GgufLlama(String type, Map<String, String> names, Set<String> unread) {
        super(names, KEYS, unread);
        this.type = type;
    }

    /** @return the names of tensors, for a {@code model_type} */
    static Map<String, String> names(String type) {
        Map<String, String> names = new HashMap<>(NAMES);
        if (type.equals("qwen3") || type.equals("gemma3_text") || type.equals("olmo2")) {
            names.putAll(NORMS_OF_HEADS);
        }
        if (type.equals("olmo2")) {
            names.keySet().removeAll(Set.of("blk.attn_norm", "blk.ffn_norm"));
            names.putAll(NORMS_OF_OLMO);
        }
        if (type.startsWith("gemma")) {
            names.putAll(NORMS_OF_GEMMA);
        }
        return names;
    }

    @Override
    void fill(Map<String, Object> config, Gguf file, Keys keys) throws IOException {
        keys.requireOnly("expert_count", List.of(0L));
        keys.requireOnly("attention.causal", List.of(true));
        int width = keys.count("embedding_length");
        int heads = keys.count("attention.head_count");
        int head = keys.count("attention.key_length", width / heads);
        keys.requireOnly("attention.value_length", List.of((long) head));
        config.put("model_type", type);
        config.put("vocab_size", vocabulary(file));
        config.put("hidden_size", width);
        config.put("num_hidden_layers", keys.count("block_count"));
        config.put("max_position_embeddings", keys.count("context_length"));
        config.put("intermediate_size", keys.count("feed_forward_length"));
        config.put("num_attention_heads", heads);
        config.put("num_key_value_heads", keys.count("attention.head_count_kv", heads));
        config.put("head_dim", head);
        config.put("rms_norm_eps", keys.number("attention.layer_norm_rms_epsilon", 1e-6));
        config.put("tie_word_embeddings", !file.names().contains("output.weight"));
        if (!type.equals("qwen2")) { // always has biases, and no key for them
            config.put("attention_bias", file.names().contains("blk.0.attn_q.bias"));
        }
        if (PAIRED.contains(type)) {
            config.put("mlp_bias", file.names().contains("blk.0.ffn_up.bias"));
        }
        rotation(config, file, keys, head);
        if (type.startsWith("gemma")) {
            gemma(config, keys);
        } else {
            window(config, keys);
        }
    }

    /** Takes over which tokens are attended to. */
    void window(Map<String, Object> config, Keys keys) throws FileFormatException {
        keys.requireOnly("attention.sliding_window", List.of((long) keys.count("context_length"), 0L));
    }

    /**
     * Takes over how queries and keys are rotated.
     *
     * @param head the columns of a head
     */
    void rotation(Map<String, Object> config, Gguf file, Keys keys, int head) throws IOException {
        keys.requireOnly("rope.dimension_count", List.of((long) head));
        double theta = keys.number("rope.freq_base", 10_000);
        config.put("rope_theta", theta);
        keys.requireOnly("rope.scaling.attn_factor", List.of(1.0));
        String scaling = keys.text("rope.scaling.type", "none");
        switch (scaling) {
            case "none" -> { }
            case "linear" -> config.put("rope_scaling", Map.of("rope_type", "linear",
                    "factor", keys.number("rope.scaling.factor", 1)));
            case "yarn" -> config.put("rope_scaling", Map.of("rope_type", "yarn",
                    "factor", keys.number("rope.scaling.factor", 1),
                    "original_max_position_embeddings", (double) keys.count("rope.scaling.original_context_length")));
            default -> throw keys.refusal("rope.scaling.type", scaling + " is not supported, only none, linear and yarn:"
                    + " use another model");
        }
        if (file.names().contains(ROTATION)) {
            config.put("rope_scaling", llama3(file, theta, head));
        }
    }

    /** Checks the divisors against Meta's parameters, of which only the factor differs: the slowest angle's divisor. */
    private static Map<String, Object> llama3(Gguf file, double theta, int head) throws IOException {
        float[] divisors = file.read(ROTATION);
        double factor = divisors[divisors.length - 1];
        double positions = 8192;
        double low = 1;
        double high = 4;
        for (int pair = 0; pair < divisors.length; pair++) {
            double turns = positions * Math.pow(theta, -2.0 * pair / head) / (2 * Math.PI);
            double kept = Math.max(0, Math.min(1, (turns - low) / (high - low)));
            double expected = 1 / (kept + (1 - kept) / factor);
            if (divisors.length != head / 2 || !(Math.abs(divisors[pair] - expected) <= 1e-3 * expected)) {
                throw new FileFormatException(file.file(), "tensor \"" + ROTATION
                        + "\": the angles are not divided as in Llama 3, and nothing else is supported: use another model");
            }
        }
        return Map.of("rope_type", "llama3", "factor", factor, "low_freq_factor", low, "high_freq_factor", high,
                "original_max_position_embeddings", positions);
    }

    /** As in llama.cpp, what the file lacks follows from the number of layers, which identifies the largest models. */
    private void gemma(Map<String, Object> config, Keys keys) throws FileFormatException {
        boolean isLargest = keys.count("block_count") == (type.equals("gemma2") ? 46 : 62);
        int heads = keys.count("attention.head_count");
        int head = keys.count("attention.key_length", keys.count("embedding_length") / heads);
        config.put("query_pre_attn_scalar", isLargest ? keys.count("embedding_length") / heads : head);
        config.put("sliding_window", keys.count("attention.sliding_window", 4096));
        for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
            if (keys.has(cap)) {
                config.put(cap, keys.number(cap, 0));
            }
        }
        if (type.equals("gemma3_text")) {
            config.put("rope_local_base_freq", keys.number("rope.freq_base_swa", 10_000));
            config.put("sliding_window_pattern", keys.count("attention.sliding_window_pattern", 6));
        } else {
            keys.requireOnly("attention.sliding_window_pattern", List.of(2L));
        }
    }

    @Override
    Layout layout(Gguf file, String stored, String part, String kind) throws IOException {
        if (type.startsWith("gemma") && part.endsWith("norm")) {
            return GgufWeights.ONE_MORE;
        }
        if (!PAIRED.contains(type) || !part.equals("attn_q") && !part.equals("attn_k")) {
            return GgufWeights.SAME;
        }
        Keys keys = keys(file);
        int queries = keys.count("attention.head_count");
        int heads = part.equals("attn_q") ? queries : keys.count("attention.head_count_kv", queries);
        int rows = file.dimensions(stored)[0];
        if (rows % (2L * heads) != 0) {
            throw new FileFormatException(file.file(), "tensor \"" + stored + "\": its " + rows + " rows are not those of "
                    + heads + " heads: get a file that llama.cpp's converter wrote");
        }
        return GgufWeights.pairs(heads);
    }
}
