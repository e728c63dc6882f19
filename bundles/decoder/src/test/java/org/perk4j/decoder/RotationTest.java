package org.perk4j.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;
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
        assertArrayEquals(expected, Rotation.of(keys(config), 8).frequencies(), 1e-15);
    }

    private static ModelConfig keys(Map<String, Object> config) {
        return new ModelConfig("llama", config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"proportional", "mrope"})
    void otherScalingsAreRefused(String type) {
        assertRefused(Map.of("rope_scaling", Map.of("rope_type", type, "factor", 2.0)), "rope_scaling.rope_type: " + type
                + " is not supported for llama, only default, linear, llama3, yarn, dynamic, longrope, su: set"
                + " rope_scaling.rope_type to \"default\", and max_position_embeddings to the length of the texts that the"
                + " model was first trained on");
        assertRefused(Map.of("rope_scaling", Map.of("type", type)), "rope_scaling.type: " + type);
        assertRefused(Map.of("rope_parameters", Map.of("rope_type", type)), "rope_parameters.rope_type: " + type);
    }

    /** Who follows the advice keeps the angles. */
    @Test
    void theDefaultKeepsTheta() {
        assertFrequencies(Map.of("rope_parameters", Map.of("rope_type", "default", "factor", 2.0, "rope_theta", 1e4)),
                1, 0.1, 0.01, 0.001);
    }

    /** As transformers has it, they only change for texts that are longer than max_position_embeddings. */
    @Test
    void dynamicScalingChangesNothingWithinTheModelsPositions() {
        assertFrequencies(Map.of("rope_theta", 1e4, "rope_scaling", Map.of("type", "dynamic", "factor", 4.0)),
                1, 0.1, 0.01, 0.001);
    }

    /** See {@code tools/rotation_reference.py}. */
    @Test
    void yarnAndLongRopeAreThoseOfTransformers() throws IOException {
        List<?> cases = (List<?>) Json.readObject(Path.of("src/test/resources/rotation.json")).get("cases");
        assertTrue(cases.size() > 10);
        for (Object each : cases) {
            Map<?, ?> example = (Map<?, ?>) each;
            @SuppressWarnings("unchecked")
            Map<String, Object> config = (Map<String, Object>) example.get("config");
            List<?> expected = (List<?>) example.get("frequencies");
            Rotation rotation = Rotation.of(keys(config), 2 * expected.size());
            double[] frequencies = rotation.frequencies();
            assertEquals(expected.size(), frequencies.length);
            for (int j = 0; j < frequencies.length; j++) {
                assertEquals((double) expected.get(j), frequencies[j], 2e-6 * frequencies[j], config + ", pair " + j);
            }
            assertEquals((double) example.get("magnitude"), rotation.magnitude(), 1e-12, config.toString());
        }
    }

    /** In longer texts transformers rotates all tokens by other angles, from the first on. */
    @Test
    void longRopeReadsWhatTheModelWasFirstTrainedOn() {
        Map<String, Object> rope = Map.of("type", "su", "short_factor", List.of(1.0, 1.0, 1.0, 1.0));
        Map<String, Object> config = Map.of("max_position_embeddings", 64.0, "original_max_position_embeddings", 8.0,
                "rope_scaling", rope);
        assertEquals(8, Rotation.positions(keys(config)));
        assertEquals(64, Rotation.positions(keys(Map.of("max_position_embeddings", 64.0, "rope_scaling", rope))));
        assertEquals(64, Rotation.positions(keys(Map.of("max_position_embeddings", 64.0))));
        assertEquals(Math.sqrt(1 + Math.log(8) / Math.log(8)), Rotation.of(keys(config), 8).magnitude(), 1e-15);
    }

    @Test
    void longRopeNeedsADivisorForEachPair() {
        for (List<?> divisors : List.of(List.of(), List.of(1.0), List.of(1.0, 1.0, 0.0, 1.0), List.of("1"))) {
            assertRefused(Map.of("max_position_embeddings", 64.0, "rope_scaling", Map.of("rope_type", "longrope",
                    "short_factor", divisors)), "rope_scaling.short_factor: ");
        }
    }

    @Test
    void ofTheFirstColumnsAloneThereAreFewerAngles() {
        Map<String, Object> half = Map.of("rope_theta", 1e4, "partial_rotary_factor", 0.5);
        assertArrayEquals(new double[] {1, 0.01}, Rotation.ofFirstColumns(keys(half), 8).frequencies(), 1e-15);
        Map<String, Object> whole = Map.of("partial_rotary_factor", 9.0,
                "rope_parameters", Map.of("rope_theta", 100.0, "partial_rotary_factor", 1.0));
        assertArrayEquals(new double[] {1, 0.1}, Rotation.ofFirstColumns(keys(whole), 4).frequencies(), 1e-15);
        for (double share : new double[] {0.1, 0.4, 1.5}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> Rotation.ofFirstColumns(keys(Map.of("partial_rotary_factor", share)), 8)).getMessage();
            assertEquals("partial_rotary_factor: " + share + " of the 8 columns of a head can't be rotated in pairs",
                    message);
        }
        assertRefused(Map.of("partial_rotary_factor", 0.5), "partial_rotary_factor: 0.5 is not supported for llama");
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
        String message = assertThrows(IllegalArgumentException.class, () -> Rotation.of(keys(config), 8)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void layersOfOneKindAreRotatedAsIsSaidOfIt() {
        Map<String, Object> config = Map.of("rope_parameters", Map.of("full_attention", Map.of("rope_theta", 16.0),
                "sliding_attention", Map.of("rope_type", "linear")));
        ModelConfig rope = keys(config).object("rope_parameters");
        assertArrayEquals(new double[] {1, 0.25},
                Rotation.of(keys(config), rope.object("full_attention"), 7, 4).frequencies());
        assertRefused(config, "rope_parameters.full_attention: is not supported for llama");
        String message = assertThrows(IllegalArgumentException.class,
                () -> Rotation.of(keys(config), rope.object("sliding_attention"), 7, 4)).getMessage();
        assertEquals("rope_parameters.sliding_attention.factor: missing", message);
    }

    @Test
    void eachPairOfColumnsHasAnAngle() {
        assertEquals(32, Rotation.of(keys(Map.of()), 64).frequencies().length);
    }
}
