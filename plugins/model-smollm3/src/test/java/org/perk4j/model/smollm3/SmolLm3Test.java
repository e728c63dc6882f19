package org.perk4j.model.smollm3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.tensor.AttentionSpec;

class SmolLm3Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 8.0, "num_attention_heads", 8.0));

    private SelfAttention attention(int layer) {
        return new SmolLm3().architecture(json).blocks().apply(layer).attention();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new SmolLm3().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        SmolLm3 type = new SmolLm3();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void everyFourthLayerIsNotRotated() {
        assertEquals("11101110", rotated());
        json.put("no_rope_layer_interval", 3.0);
        assertEquals("11011011", rotated());
        json.put("no_rope_layers", List.of(0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0));
        assertEquals("01100111", rotated());
        json.put("no_rope_layers", List.of(1.0));
        assertRefused("no_rope_layers: has 1 entries for 8 layers");
    }

    private String rotated() {
        return IntStream.range(0, 8).mapToObj(layer -> attention(layer).rotation() == null ? "0" : "1")
                .collect(Collectors.joining());
    }

    @Test
    void unrotatedLayersMayHaveAWindow() {
        json.put("sliding_window", 5.0);
        assertEquals(AttentionSpec.ALL, attention(3).spec().window());
        json.put("use_sliding_window", true);
        assertEquals(AttentionSpec.ALL, attention(2).spec().window());
        assertEquals(5, attention(3).spec().window());
        json.put("sliding_window", null);
        assertEquals(AttentionSpec.ALL, attention(3).spec().window());
    }

    @Test
    void scoresOfUnrotatedLayersAreNotScaledAsRotatedOnesAre() {
        json.put("rope_scaling", Map.of("type", "yarn", "factor", 4.0));
        assertEquals(0.5, attention(3).spec().scale());
        assertTrue(attention(2).spec().scale() > 0.5);
    }

    @Test
    void whatIsNotSaidIsAsHuggingFaceHasIt() {
        assertEquals(4, attention(0).spec().heads().keyValues());
        assertEquals(1 / Math.sqrt(2e6), attention(0).rotation().frequencies()[1], 1e-12);
        assertEquals("model.embed_tokens.weight", new SmolLm3().create(json).head());
        json.put("num_key_value_heads", null);
        assertEquals(8, attention(0).spec().heads().keyValues());
    }
}
