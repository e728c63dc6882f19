package org.perk4j.model.phi3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.tensor.AttentionSpec;

class Phi3Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 8.0));

    private SelfAttention attention(int layer) {
        return new Phi3().architecture(json).blocks().apply(layer).attention();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Phi3().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Phi3 type = new Phi3();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void layersHaveAWindowIfThereIsOne() {
        assertEquals(AttentionSpec.ALL, attention(0).spec().window());
        json.put("sliding_window", null);
        assertEquals(AttentionSpec.ALL, attention(0).spec().window());
        json.put("sliding_window", 7.0);
        assertEquals(7, attention(2).spec().window());
    }

    @Test
    void namesAreThoseOfHuggingFace() {
        assertEquals(List.of("model.layers.0.input_layernorm.weight", "model.layers.0.self_attn.qkv_proj.weight",
                "model.layers.0.self_attn.o_proj.weight", "model.layers.0.post_attention_layernorm.weight",
                "model.layers.0.mlp.gate_up_proj.weight", "model.layers.0.mlp.down_proj.weight"),
                new Phi3().create(json).parameters().stream().map(p -> p.name())
                        .filter(name -> name.startsWith("model.layers.0.")).toList());
    }

    @Test
    void readsOnlyWhatAModelWithLongRopeWasFirstTrainedOn() {
        json.putAll(Map.of("max_position_embeddings", 131072.0, "rope_scaling", Map.of("type", "su",
                "short_factor", List.of(1.0, 2.0), "long_factor", List.of(3.0, 4.0))));
        assertEquals(4096, new Phi3().create(json).size().positions());
        json.put("original_max_position_embeddings", 8192.0);
        assertEquals(8192, new Phi3().create(json).size().positions());
    }

    @Test
    void whatPhi3DoesNotHaveIsRefused() {
        for (String type : List.of("yarn", "linear", "dynamic")) {
            json.put("rope_scaling", Map.of("type", type, "factor", 2.0));
            assertRefused("rope_scaling.type: " + type + " is not supported for phi3, only default, longrope, su");
        }
        json.remove("rope_scaling");
        for (String key : List.of("attention_bias", "mlp_bias", "lm_head_bias")) {
            json.put(key, true);
            assertRefused(key + ": true is not supported for phi3, only false");
            json.put(key, false);
        }
        new Phi3().create(json);
    }
}
