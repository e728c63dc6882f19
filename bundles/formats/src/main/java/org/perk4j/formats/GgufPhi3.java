package org.perk4j.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Phi-3 and Phi-4: layers side by side in one matrix, rotation by LongRoPE, perhaps of a head's first columns only. */
final class GgufPhi3 extends GgufLlama {

    /** By what each angle is divided in texts of the length that the model was first trained on, and in longer ones. */
    private static final String SHORT = "rope_factors_short.weight";
    private static final String LONG = "rope_factors_long.weight";

    GgufPhi3() {
        super("phi3", names(), Set.of(SHORT, LONG));
    }

    private static Map<String, String> names() {
        Map<String, String> names = names("phi3");
        names.keySet().removeAll(Set.of("blk.attn_q", "blk.attn_k", "blk.attn_v", "blk.ffn_gate"));
        names.put("blk.attn_qkv", BLOCK + "self_attn.qkv_proj");
        names.put("blk.ffn_up", BLOCK + "mlp.gate_up_proj");
        return names;
    }

    /** llama.cpp attends to all tokens; Hugging Face's model, and this one, to those that the file says. */
    @Override
    void window(Map<String, Object> config, Keys keys) throws FileFormatException {
        int window = keys.whole("attention.sliding_window", 0);
        if (window > 0) {
            config.put("sliding_window", window);
        }
    }

    @Override
    void rotation(Map<String, Object> config, Gguf file, Keys keys, int head) throws IOException {
        keys.requireOnly("rope.scaling.type", List.of("longrope", "none"));
        config.put("rope_theta", keys.number("rope.freq_base", 10_000));
        config.put("partial_rotary_factor", (double) keys.count("rope.dimension_count", head) / head);
        config.put("original_max_position_embeddings",
                keys.count("rope.scaling.original_context_length", keys.count("context_length")));
        if (file.names().contains(SHORT) && file.names().contains(LONG)) {
            config.put("rope_scaling", Map.of("rope_type", "longrope", "short_factor", divisors(file, SHORT), "long_factor",
                    divisors(file, LONG), "attention_factor", keys.number("rope.scaling.attn_factor", 1)));
        }
    }

    /** What was written as 1.1 and rounded to float32 is 1.1 again. */
    private static List<Double> divisors(Gguf file, String name) throws IOException {
        List<Double> divisors = new ArrayList<>();
        for (float divisor : file.read(name)) {
            divisors.add(Double.parseDouble(Float.toString(divisor)));
        }
        return divisors;
    }
}
