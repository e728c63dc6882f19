package org.perk4j.model.qwen2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.tensor.AttentionSpec;

class Qwen2Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 4.0));

    private AttentionSpec spec(int layer) {
        return new Qwen2().architecture(json).blocks().apply(layer).attention().spec();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Qwen2().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Qwen2 type = new Qwen2();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void queriesKeysAndValuesHaveBiases() {
        json.put("attention_bias", false); // which Hugging Face's Qwen2 doesn't know
        List<String> biases = new Qwen2().create(json).parameters().stream().map(p -> p.name())
                .filter(name -> name.startsWith("model.layers.0.") && name.endsWith(".bias")).toList();
        assertEquals(List.of("model.layers.0.self_attn.q_proj.bias", "model.layers.0.self_attn.k_proj.bias",
                "model.layers.0.self_attn.v_proj.bias"), biases);
    }

    @Test
    void someLayersHaveAWindow() {
        json.put("sliding_window", 5.0);
        assertEquals(AttentionSpec.ALL, spec(2).window());
        json.putAll(Map.of("use_sliding_window", true, "max_window_layers", 2.0));
        assertEquals(AttentionSpec.ALL, spec(1).window());
        assertEquals(5, spec(2).window());
        json.put("layer_types", List.of("sliding_attention", "full_attention", "full_attention"));
        assertEquals(5, spec(0).window());
        assertEquals(AttentionSpec.ALL, spec(2).window());
    }

    @Test
    void layersOfOtherKindsAreNamed() {
        json.put("layer_types", List.of("full_attention", "linear_attention", "full_attention"));
        assertRefused("layer_types: linear_attention is not supported");
        json.put("layer_types", List.of("full_attention"));
        assertRefused("layer_types: has 1 entries for 3 layers");
        json.put("layer_types", List.of("full_attention", 1.0, "full_attention"));
        assertRefused("layer_types: ");
    }
}
