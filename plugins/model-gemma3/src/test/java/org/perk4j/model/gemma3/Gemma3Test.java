package org.perk4j.model.gemma3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.tensor.AttentionSpec;

class Gemma3Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 4.0));

    private AttentionSpec spec(int layer) {
        return new Gemma3().architecture(json).blocks().apply(layer).attention().spec();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Gemma3().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Gemma3 type = new Gemma3();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void eachSixthLayerAttendsToAll() {
        json.put("num_hidden_layers", 12.0);
        assertEquals(4096, spec(4).window());
        assertEquals(AttentionSpec.ALL, spec(5).window());
        assertEquals(4096, spec(6).window());
        assertEquals(AttentionSpec.ALL, spec(11).window());
    }

    @Test
    void nearAndFarAreRotatedEachInItsOwnWay() {
        json.putAll(Map.of("head_dim", 4.0, "rope_theta", 16.0, "rope_local_base_freq", 100.0,
                "rope_scaling", Map.of("rope_type", "linear", "factor", 2.0), "sliding_window_pattern", 2.0));
        assertEquals(0.1, rotated(0), 1e-12);
        assertEquals(0.125, rotated(1), 1e-12);
        json.put("rope_parameters", Map.of("sliding_attention", Map.of("rope_theta", 25.0),
                "full_attention", Map.of("rope_theta", 400.0)));
        assertEquals(0.2, rotated(0), 1e-12);
        assertEquals(0.05, rotated(1), 1e-12);
    }

    /** The second frequency of a layer. */
    private double rotated(int layer) {
        SelfAttention attention = new Gemma3().architecture(json).blocks().apply(layer).attention();
        return attention.rotation().frequencies()[1];
    }
}
