package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {

    private final Map<String, Object> values = new HashMap<>();
    private final ModelConfig config = new ModelConfig("gpt2", values);

    @Test
    void nullIsNotTheSameAsAbsent() {
        values.put("cap", null);
        assertTrue(config.isNull("cap"));
        assertFalse(config.has("cap"));
        assertFalse(config.isNull("other"));
    }

    @Test
    void whatIsWithinAnObjectIsNamedWithItsPath() {
        values.put("rope", Map.of("far", Map.of("theta", -1.0)));
        ModelConfig far = config.object("rope").object("far");
        assertEquals("rope.far", far.path());
        String message = assertThrows(IllegalArgumentException.class, () -> far.positiveNumber("theta")).getMessage();
        assertEquals("rope.far.theta: -1.0 is not a positive number", message);
    }

    @Test
    void valuesAreTaken() {
        values.putAll(Map.of("n", 3.0, "x", 0.5, "is", true, "word", "b", "inner", Map.of("m", 4.0)));
        assertEquals(3, config.count("n"));
        assertEquals(3, config.count("n", 7));
        assertEquals(0.5, config.positiveNumber("x"));
        assertEquals(0.5, config.positiveNumber("x", 7));
        assertTrue(config.flag("is"));
        assertEquals("b", config.oneOf("word", List.of("a", "b"), ""));
        config.requireOnly("is", true, "");
        assertEquals(4, config.object("inner").count("m"));
    }

    @Test
    void whatIsAbsentOrNullHasItsDefault() {
        values.put("null", null);
        for (String key : List.of("null", "none")) {
            assertFalse(config.has(key));
            assertEquals(7, config.count(key, 7));
            assertEquals(0.7, config.positiveNumber(key, 0.7));
            assertFalse(config.flag(key));
            assertEquals("a", config.oneOf(key, List.of("a", "b"), ""));
            config.requireOnly(key, true, "");
            assertFalse(config.object(key).has("m"));
        }
    }

    @Test
    void whatIsMissingIsNamed() {
        assertRefused("n: missing", c -> c.count("n"));
        assertRefused("x: missing", c -> c.positiveNumber("x"));
        assertRefused("inner.m: missing", c -> c.object("inner").count("m"));
    }

    @Test
    void countsThatNoModelHasAreRefused() {
        values.put("n", 1e12);
        assertRefused("n: comes to 1000000000000, and no model has more than 16777216", c -> c.count("n"));
        assertRefused("n: comes to 20000000, and no model has more than 16777216", c -> c.requireSensible("n", 20_000_000L));
    }

    @Test
    void listsOfTexts() {
        assertEquals(List.of(), config.texts("n"));
        values.put("n", List.of("a", "b"));
        assertEquals(List.of("a", "b"), config.texts("n"));
        values.put("n", List.of(1.0));
        assertRefused("n: [1.0] is not a list of strings", c -> c.texts("n"));
    }

    @Test
    void listsOfNumbers() {
        assertEquals(0, config.numbers("list").length);
        values.put("list", List.of(1.0, 2.5));
        assertArrayEquals(new double[] {1, 2.5}, config.numbers("list"));
        values.put("list", List.of("1"));
        assertRefused("list: [1] is not a list of numbers", c -> c.numbers("list"));
        values.put("list", 1.0);
        assertRefused("list: 1.0 is not a list of numbers", c -> c.numbers("list"));
    }

    @Test
    void refusedIsAnyValue() {
        config.refuse("n", "why");
        values.put("n", 1.0);
        assertRefused("n: is not supported for gpt2: why", c -> c.refuse("n", "why"));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 1.5, 1e300})
    void countsArePositiveIntegers(double value) {
        values.put("n", value);
        assertRefused("n: " + value + " is not a positive integer", c -> c.count("n", 7));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.5, Double.NaN})
    void numbersArePositive(double value) {
        values.put("x", value);
        assertRefused("x: " + value + " is not a positive number", c -> c.positiveNumber("x", 7));
    }

    @Test
    void otherKindsOfValuesAreRefused() {
        values.put("key", "word");
        assertRefused("key: word is not a positive integer", c -> c.count("key"));
        assertRefused("key: word is not a positive number", c -> c.positiveNumber("key"));
        assertRefused("key: word is not true or false", c -> c.flag("key"));
        assertRefused("key: word is not an object", c -> c.object("key"));
    }

    @Test
    void unsupportedVariantsAreRefusedWithTheReason() {
        values.put("key", "word");
        assertRefused("key: word is not supported for gpt2, only a, b: take another",
                c -> c.oneOf("key", List.of("a", "b"), "take another"));
        assertRefused("key: word is not supported for gpt2, only false: it is so",
                c -> c.requireOnly("key", false, "it is so"));
        values.put("inner", Map.of("key", true));
        assertRefused("inner.key: true is not supported for gpt2, only false: it is so",
                c -> c.object("inner").requireOnly("key", false, "it is so"));
    }

    private void assertRefused(String expected, Consumer<ModelConfig> reading) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, () -> reading.accept(config)).getMessage());
    }
}
