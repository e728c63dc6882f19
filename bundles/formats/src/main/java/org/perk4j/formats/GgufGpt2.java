package org.perk4j.formats;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.GgufWeights.Layout;

/** GPT-2. */
final class GgufGpt2 extends GgufArchitecture {

    private static final String BLOCK = "transformer.h.%s.";

    private static final Map<String, String> NAMES = Map.of(
            "token_embd", "transformer.wte",
            "position_embd", "transformer.wpe",
            "output_norm", "transformer.ln_f",
            "blk.attn_norm", BLOCK + "ln_1",
            "blk.attn_qkv", BLOCK + "attn.c_attn",
            "blk.attn_output", BLOCK + "attn.c_proj",
            "blk.ffn_norm", BLOCK + "ln_2",
            "blk.ffn_up", BLOCK + "mlp.c_fc",
            "blk.ffn_down", BLOCK + "mlp.c_proj");

    private static final Set<String> KEYS = Set.of("vocab_size", "context_length", "embedding_length", "block_count",
            "feed_forward_length", "attention.head_count", "attention.layer_norm_epsilon", "attention.causal");

    GgufGpt2() {
        super(NAMES, KEYS, Set.of("output.weight")); // a second copy of the embedding, which is the head
    }

    @Override
    void fill(Map<String, Object> config, Gguf file, Keys keys) throws IOException {
        config.put("model_type", "gpt2");
        config.put("vocab_size", vocabulary(file));
        config.put("n_positions", keys.count("context_length"));
        config.put("n_embd", keys.count("embedding_length"));
        config.put("n_layer", keys.count("block_count"));
        config.put("n_head", keys.count("attention.head_count"));
        config.put("n_inner", keys.count("feed_forward_length"));
        config.put("layer_norm_epsilon", keys.number("attention.layer_norm_epsilon", 1e-5));
    }

    /** Transposes the weights of a block's four linear layers, which Hugging Face stores with inputs first. */
    @Override
    Layout layout(Gguf file, String stored, String part, String kind) throws IOException {
        boolean isLayer = (part.startsWith("attn_") || part.startsWith("ffn_")) && !part.endsWith("norm");
        if (!isLayer || !kind.equals("weight")) {
            return GgufWeights.SAME;
        }
        if (file.dimensions(stored).length != 2) {
            throw new FileFormatException(file.file(), "tensor \"" + stored
                    + "\": is not a matrix: get a file that llama.cpp's converter wrote");
        }
        return GgufWeights.TRANSPOSED;
    }
}
