package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.model.Initial;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;

class LlamaTest {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 2.0, "num_attention_heads", 4.0));

    @Test
    void absentKeysHaveHuggingFacesDefaults() {
        Architecture model = new Llama().architecture(json);
        Block block = model.blocks().apply(1);
        assertEquals(new ModelSize(97, 32, 2, 64), model.size());
        assertEquals(new AttentionSpec(new Heads(4, 4, 8)), block.attention().spec());
        assertEquals(1e-2, block.attention().rotation().frequencies()[2], 1e-12); // of theta 10000
        assertEquals(40, block.mlp().up().site().outputs());
        assertEquals(Activation.SILU, block.mlp().activation());
        assertNull(block.attention().output().bias());
        assertNull(block.mlp().down().bias());
        assertEquals("lm_head.weight", model.head().weight().name());
    }

    @Test
    void keysAreTaken() {
        json.putAll(Map.of("num_key_value_heads", 2.0, "head_dim", 16.0, "attention_bias", true, "mlp_bias", true,
                "initializer_range", 0.01, "tie_word_embeddings", true, "rope_theta", 16.0, "hidden_act", "gelu"));
        Architecture model = new Llama().architecture(json);
        Block block = model.blocks().apply(0);
        assertEquals(new Heads(4, 2, 16), block.attention().spec().heads());
        assertEquals(0.25, block.attention().rotation().frequencies()[4]);
        assertEquals("model.layers.0.self_attn.k_proj.bias", block.attention().inputs().get(1).bias().name());
        assertEquals("model.layers.0.self_attn.o_proj.bias", block.attention().output().bias().name());
        assertEquals("model.layers.0.mlp.down_proj.bias", block.mlp().down().bias().name());
        assertEquals(Activation.GELU, block.mlp().activation());
        assertEquals(new Initial.Normal(0, 0.01), block.mlp().gate().weight().initial());
        assertEquals(model.embedding().tokens(), model.head().weight());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vocab_size", "max_position_embeddings", "hidden_size", "intermediate_size",
        "num_hidden_layers", "num_attention_heads"})
    void missingKeysAreNamed(String key) {
        json.remove(key);
        assertRefused(key);
    }

    @ParameterizedTest
    @CsvSource({"num_hidden_layers, 0", "num_hidden_layers, 1.5", "num_attention_heads, 5", "num_key_value_heads, 3",
        "head_dim, 7", "intermediate_size, -1", "rms_norm_eps, 0", "vocab_size, 1e12", "rope_theta, -1",
        "partial_rotary_factor, 0.5"})
    void impossibleNumbersAreNamed(String key, double value) {
        json.put(key, value);
        assertRefused(key);
    }

    @Test
    void whatIsOfAnotherKindIsNamed() {
        json.put("tie_word_embeddings", "yes");
        assertRefused("tie_word_embeddings");
    }

    @Test
    void unsupportedActivationsAreNamed() {
        json.put("hidden_act", "relu");
        assertRefused("hidden_act");
    }

    @Test
    void quantizedModelsAreRefused() {
        json.put("quantization_config", Map.of("quant_method", "gptq"));
        assertRefused("quantization_config");
    }

    @Test
    void attentionToWhatFollowsIsRefused() {
        json.put("is_causal", false);
        assertRefused("is_causal");
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        for (boolean flag : List.of(false, true)) {
            json.putAll(Map.of("attention_bias", flag, "mlp_bias", flag, "tie_word_embeddings", flag, "num_key_value_heads",
                    2.0, "head_dim", 12.0));
            Llama type = new Llama();
            assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
        }
        json.put("num_hidden_layers", 16e6);
        json.put("intermediate_size", 16e6);
        assertTrue(new Llama().weights(json) > 1e16);
        json.put("hidden_size", 16e6);
        json.remove("head_dim");
        assertEquals(Long.MAX_VALUE, new Llama().weights(json));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vocab_size", "max_position_embeddings", "hidden_size", "intermediate_size",
        "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim"})
    void absurdSizesAreNamed(String key) {
        json.put(key, 2e9);
        assertRefused(key);
        json.put(key, 1e300);
        assertRefused(key);
    }

    private void assertRefused(String key) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Llama().create(json)).getMessage();
        assertTrue(message.startsWith(key + ": "), message);
    }

    @Test
    void initialWeightsAreDistributedAsHuggingFaces() {
        for (ParameterSpec parameter : new Llama().create(json).parameters()) {
            String name = parameter.name();
            Initial.Normal initial = (Initial.Normal) parameter.initial();
            boolean gain = name.endsWith("norm.weight");
            assertEquals(gain ? 1 : 0, initial.mean(), name);
            assertEquals(gain || name.endsWith(".bias") ? 0 : 0.02, initial.standardDeviation(), name);
        }
    }
}
