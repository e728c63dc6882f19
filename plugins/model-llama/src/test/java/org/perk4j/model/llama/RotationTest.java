package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.ModelConfig;

class RotationTest {

    private static final Map<String, Object> LLAMA3 = Map.of("rope_type", "llama3", "factor", 8.0,
            "low_freq_factor", 1.0, "high_freq_factor", 4.0, "original_max_position_embeddings", 600.0);

    @Test
    void frequenciesFallGeometrically() {
        assertFrequencies(Map.of("rope_theta", 1e4), 1, 0.1, 0.01, 0.001);
        assertFrequencies(Map.of("rope_theta", 1e4, "rope_scaling", Map.of("rope_type", "default")), 1, 0.1, 0.01, 0.001);
    }

    @Test
    void linearScalingDividesAll() {
        assertFrequencies(Map.of("rope_theta", 1e4, "rope_scaling", Map.of("type", "linear", "factor", 4.0)),
                0.25, 0.025, 0.0025, 0.00025);
    }

    /** Of 600 positions the frequency 0.1 makes 9.5 turns, 0.01 makes 0.95. */
    @Test
    void llama3DividesWhatTurnsTooLittle() {
        assertFrequencies(Map.of("rope_theta", 1e4, "rope_scaling", LLAMA3), 1, 0.1, 0.01 / 8, 0.001 / 8);
    }

    @Test
    void llama3InterpolatesBetween() {
        double kept = (6000 * 0.01 / (2 * Math.PI) - 5) / (14 - 5);
        assertTrue(kept > 0.4 && kept < 0.6);
        Map<String, Object> scaling = new HashMap<>(LLAMA3);
        scaling.putAll(Map.of("low_freq_factor", 5.0, "high_freq_factor", 14.0, "original_max_position_embeddings", 6e3));
        assertFrequencies(Map.of("rope_theta", 1e4, "rope_scaling", scaling), 1, 0.1, 0.01 * (kept + (1 - kept) / 8),
                0.001 / 8);
    }

    @Test
    void newerFilesSayAllInOnePlace() {
        Map<String, Object> rope = new HashMap<>(LLAMA3);
        rope.put("rope_theta", 1e4);
        assertFrequencies(Map.of("rope_parameters", rope), 1, 0.1, 0.01 / 8, 0.001 / 8);
    }

    private static void assertFrequencies(Map<String, Object> config, double... expected) {
        assertArrayEquals(expected, Rotation.of(keys(config)).frequencies(8), 1e-15);
    }

    private static ModelConfig keys(Map<String, Object> config) {
        return new ModelConfig("llama", config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"yarn", "dynamic", "longrope"})
    void otherScalingsAreRefused(String type) {
        assertRefused(Map.of("rope_scaling", Map.of("rope_type", type, "factor", 2.0)), "rope_scaling.rope_type: " + type
                + " is not supported for llama, only default, linear, llama3: take rope_scaling out to read texts of the"
                + " length that the model was first trained on");
        assertRefused(Map.of("rope_scaling", Map.of("type", type)), "rope_scaling.type: " + type);
        assertRefused(Map.of("rope_parameters", Map.of("rope_type", type)), "rope_parameters.rope_type: " + type);
    }

    @Test
    void whatIsMissingOrImpossibleIsNamed() {
        assertRefused(Map.of("rope_scaling", "linear"), "rope_scaling: linear is not an object");
        assertRefused(Map.of("rope_scaling", Map.of("rope_type", "linear")), "rope_scaling.factor: missing");
        Map<String, Object> scaling = new HashMap<>(LLAMA3);
        scaling.put("high_freq_factor", 0.5);
        assertRefused(Map.of("rope_scaling", scaling), "rope_scaling.high_freq_factor: 0.5");
    }

    private static void assertRefused(Map<String, Object> config, String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> Rotation.of(keys(config))).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void eachPairOfColumnsHasAnAngle() {
        assertEquals(32, Rotation.of(keys(Map.of())).frequencies(64).length);
    }
}
