package org.perk4j.model.olmo2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.decoder.SelfAttention;

class Olmo2Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 8.0));

    private SelfAttention attention(int layer) {
        return new Olmo2().architecture(json).blocks().apply(layer).attention();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Olmo2().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Olmo2 type = new Olmo2();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void normsComeAfterAttentionAndMlp() {
        json.put("num_key_value_heads", 2.0);
        assertEquals(List.of("self_attn.q_proj.weight: 32×32", "self_attn.k_proj.weight: 8×32",
                "self_attn.v_proj.weight: 8×32", "self_attn.o_proj.weight: 32×32", "self_attn.q_norm.weight: 1×32",
                "self_attn.k_norm.weight: 1×8", "post_attention_layernorm.weight: 1×32", "mlp.gate_proj.weight: 40×32",
                "mlp.up_proj.weight: 40×32", "mlp.down_proj.weight: 32×40", "post_feedforward_layernorm.weight: 1×32"),
                new Olmo2().create(json).parameters().stream().filter(p -> p.name().startsWith("model.layers.0."))
                        .map(p -> p.name().substring(15) + ": " + p.shape().rows() + "×" + p.shape().columns()).toList());
    }

    @Test
    void biasesAreOfAttentionAlone() {
        json.put("attention_bias", true);
        assertEquals(4, new Olmo2().create(json).parameters().stream()
                .filter(p -> p.name().startsWith("model.layers.0.") && p.name().endsWith(".bias")).count());
        assertEquals(3, attention(0).inputs().size());
    }

    @Test
    void clippingIsRefused() {
        json.put("clip_qkv", 8.0);
        assertRefused("clip_qkv: is not supported for olmo2");
    }
}
