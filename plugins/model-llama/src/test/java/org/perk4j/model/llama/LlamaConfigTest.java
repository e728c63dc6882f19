package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.llama.LlamaConfig.Biases;
import org.perk4j.tensor.Heads;

class LlamaConfigTest {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 2.0, "num_attention_heads", 4.0));

    @Test
    void absentKeysHaveHuggingFacesDefaults() {
        LlamaConfig config = LlamaConfig.ofLlama(json);
        assertEquals(new Heads(4, 4, 8), config.heads());
        assertEquals(new Biases(false, false, false), config.biases());
        assertEquals(10_000, config.rotation().theta());
        assertEquals(1e-6, config.epsilon());
        assertEquals(0.02, config.standardDeviation());
        assertEquals(false, config.tiedHead());
    }

    @Test
    void keysAreTaken() {
        json.putAll(Map.of("num_key_value_heads", 2.0, "head_dim", 16.0, "attention_bias", true, "mlp_bias", true,
                "rms_norm_eps", 1e-5, "initializer_range", 0.01, "tie_word_embeddings", true, "rope_theta", 5e5));
        LlamaConfig config = LlamaConfig.ofLlama(json);
        assertEquals(new LlamaConfig(97, 64, 32, 2, new Heads(4, 2, 16), 40, config.rotation(),
                new Biases(true, true, true), true, 1e-5, 0.01), config);
        assertEquals(5e5, config.rotation().theta());
    }

    @Test
    void qwen2HasBiasesOnQueriesKeysAndValues() {
        json.put("attention_bias", false); // which Hugging Face's Qwen2 doesn't know
        assertEquals(new Biases(true, false, false), LlamaConfig.ofQwen2(json).biases());
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
        json.put("hidden_act", "gelu");
        assertRefused("hidden_act");
    }

    @Test
    void quantizedModelsAreRefused() {
        json.put("quantization_config", Map.of("quant_method", "gptq"));
        assertRefused("quantization_config");
    }

    @Test
    void windowsThatATextMayBeLongerThanAreRefused() {
        json.putAll(Map.of("use_sliding_window", true, "max_window_layers", 1.0, "sliding_window", 63.0));
        String expected = "sliding_window: attention to the nearest tokens only is not supported for qwen2: set"
                + " max_position_embeddings to it to read texts no longer than that";
        assertEquals(expected, ofQwen2Refused());
        json.put("max_window_layers", 2.0); // no layer has it
        LlamaConfig.ofQwen2(json);
        json.put("layer_types", List.of("full_attention", "sliding_attention"));
        assertEquals(expected, ofQwen2Refused());
        json.put("max_position_embeddings", 63.0);
        LlamaConfig.ofQwen2(json);
        json.put("layer_types", List.of("full_attention", 1.0));
        assertTrue(ofQwen2Refused().startsWith("layer_types: "));
    }

    private String ofQwen2Refused() {
        return assertThrows(IllegalArgumentException.class, () -> LlamaConfig.ofQwen2(json)).getMessage();
    }

    @Test
    void attentionToWhatFollowsIsRefused() {
        json.put("is_causal", false);
        assertRefused("is_causal");
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        for (boolean flag : List.of(false, true)) {
            json.putAll(Map.of("attention_bias", flag, "mlp_bias", flag, "tie_word_embeddings", flag, "num_key_value_heads", 2.0,
                    "head_dim", 12.0));
            for (ModelType type : List.of(new Llama(), new Qwen2())) {
                assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
            }
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
        String message = assertThrows(IllegalArgumentException.class, () -> LlamaConfig.ofLlama(json)).getMessage();
        assertTrue(message.startsWith(key + ": "), message);
    }

    @Test
    void initialWeightsAreDistributedAsHuggingFaces() {
        for (ParameterSpec parameter : new Qwen2().create(json).parameters()) {
            String name = parameter.name();
            boolean gain = name.endsWith("norm.weight");
            assertEquals(gain ? 1 : 0, parameter.mean(), name);
            assertEquals(gain || name.endsWith(".bias") ? 0 : 0.02, parameter.standardDeviation(), name);
        }
    }
}
