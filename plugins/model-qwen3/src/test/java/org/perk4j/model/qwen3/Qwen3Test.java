package org.perk4j.model.qwen3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.tensor.AttentionSpec;

class Qwen3Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 4.0));

    private AttentionSpec spec(int layer) {
        return new Qwen3().architecture(json).blocks().apply(layer).attention().spec();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Qwen3().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Qwen3 type = new Qwen3();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void headsHave128ColumnsIfNothingIsSaid() {
        assertEquals(128, spec(0).heads().size());
        json.put("head_dim", 16.0);
        assertEquals(16, spec(0).heads().size());
        json.put("head_dim", 7.0);
        assertRefused("head_dim: 7 columns can't be rotated in pairs");
    }
}
