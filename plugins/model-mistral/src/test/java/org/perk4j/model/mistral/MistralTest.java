package org.perk4j.model.mistral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.tensor.AttentionSpec;

class MistralTest {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 4.0));

    private AttentionSpec spec(int layer) {
        return new Mistral().architecture(json).blocks().apply(layer).attention().spec();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Mistral().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Mistral type = new Mistral();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void layersHaveAWindowUnlessItIsNull() {
        assertEquals(4096, spec(0).window());
        json.put("sliding_window", 7.0);
        assertEquals(7, spec(2).window());
        json.put("sliding_window", null);
        assertEquals(AttentionSpec.ALL, spec(0).window());
        json.put("sliding_window", -1.0);
        assertRefused("sliding_window: -1.0 is not a positive integer");
    }
}
