package org.perk4j.model.gpt2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Activation;

class Gpt2ConfigTest {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "n_positions", 64.0, "n_embd", 32.0,
            "n_layer", 2.0, "n_head", 4.0));

    @Test
    void absentKeysHaveHuggingFacesDefaults() {
        assertEquals(new Gpt2Config(97, 64, 32, 2, 4, 128, Activation.GELU_TANH, 1e-5, 0.02), Gpt2Config.of(json));
    }

    @Test
    void keysAreTaken() {
        json.put("n_inner", 100.0);
        json.put("activation_function", "gelu");
        json.put("layer_norm_epsilon", 1e-6);
        json.put("initializer_range", 0.01);
        assertEquals(new Gpt2Config(97, 64, 32, 2, 4, 100, Activation.GELU, 1e-6, 0.01), Gpt2Config.of(json));
    }

    @Test
    void olderFilesSayPositionsElsewhere() {
        json.put("n_ctx", json.remove("n_positions"));
        assertEquals(64, Gpt2Config.of(json).positions());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vocab_size", "n_positions", "n_embd", "n_layer", "n_head"})
    void missingKeysAreNamed(String key) {
        json.remove(key);
        assertRefused(key);
    }

    @ParameterizedTest
    @CsvSource({"n_layer, 0", "n_layer, 1.5", "n_head, 5", "n_inner, -1", "layer_norm_epsilon, 0", "vocab_size, 1e12"})
    void impossibleNumbersAreNamed(String key, double value) {
        json.put(key, value);
        assertRefused(key);
    }

    @ParameterizedTest
    @CsvSource({"tie_word_embeddings, false", "scale_attn_weights, false", "scale_attn_by_inverse_layer_idx, true",
        "add_cross_attention, true", "is_causal, false"})
    void unsupportedVariantsAreNamed(String key, boolean value) {
        json.put(key, value);
        assertRefused(key);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        json.put("n_inner", 100.0);
        Gpt2 type = new Gpt2();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
        json.put("n_layer", 1e6);
        assertEquals(1e6 * 10_884, type.weights(json), 1e6);
        json.putAll(Map.of("n_layer", 16e6, "n_embd", 16e6, "n_inner", 16e6));
        assertEquals(Long.MAX_VALUE, type.weights(json));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "n_inner"})
    void absurdSizesAreNamed(String key) {
        json.put(key, 2e9);
        assertRefused(key);
        json.put(key, 1e300);
        assertRefused(key);
    }

    @Test
    void quantizedModelsAreRefused() {
        json.put("quantization_config", Map.of("quant_method", "gptq"));
        assertRefused("quantization_config");
    }

    @Test
    void unsupportedActivationsAreNamed() {
        json.put("activation_function", "relu");
        assertRefused("activation_function");
    }

    private void assertRefused(String key) {
        String message = assertThrows(IllegalArgumentException.class, () -> Gpt2Config.of(json)).getMessage();
        assertTrue(message.startsWith(key + ": "), message);
    }

    @Test
    void initialWeightsAreDistributedAsHuggingFaces() {
        Model model = new Gpt2().create(json);
        for (ParameterSpec parameter : model.parameters()) {
            String name = parameter.name();
            Initial.Normal initial = (Initial.Normal) parameter.initial();
            boolean gain = name.contains(".ln_") && name.endsWith(".weight");
            boolean residual = name.endsWith("c_proj.weight");
            assertEquals(gain ? 1 : 0, initial.mean(), name);
            assertEquals(gain || name.endsWith(".bias") ? 0 : residual ? 0.02 / Math.sqrt(4) : 0.02,
                    initial.standardDeviation(), 1e-15, name);
        }
    }
}
