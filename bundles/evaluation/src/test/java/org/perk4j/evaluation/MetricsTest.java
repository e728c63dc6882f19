package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MetricsTest {

    /** The reference is made by tools/metrics_reference.py with the functions of the official SQuAD evaluation. */
    @Test
    void equalTheOfficialEvaluation() throws IOException {
        try (Reader reader = new InputStreamReader(MetricsTest.class.getResourceAsStream("/metrics.json"),
                StandardCharsets.UTF_8)) {
            JsonArray examples = JsonParser.parseReader(reader).getAsJsonArray();
            assertTrue(examples.size() > 10, examples::toString);
            for (JsonElement element : examples) {
                JsonObject example = element.getAsJsonObject();
                String answer = example.get("answer").getAsString();
                String prediction = example.get("prediction").getAsString();
                assertEquals(example.get("normalized").getAsString(), Metrics.normalize(prediction), example::toString);
                assertEquals(example.get("exact").getAsInt() == 1, Metrics.exactMatch(prediction, answer),
                        example::toString);
                assertEquals(example.get("f1").getAsDouble(), Metrics.f1(prediction, answer), 1e-15, example::toString);
            }
        }
    }

    @Test
    void aRightAnswerMayStandInALongerOne() {
        assertTrue(Metrics.contains("It is the Garden, I think.", "garden"));
        assertTrue(Metrics.contains("The number for Oslo is 1,234.", "1234"));
        assertFalse(Metrics.contains("It is 12345.", "1234"));
        assertFalse(Metrics.contains("a garden that is green", "green garden"));
        assertFalse(Metrics.contains("<support>garden</support><output>house</output>", "garden"));
    }

    @Test
    void onlyTheOutputIsLookedAt() {
        String given = "<support>Daniel Event 4: Daniel went to the garden.</support>\n<output>the\nGarden</output> x";
        assertEquals("the\nGarden", Metrics.output(given));
        assertTrue(Metrics.exactMatch(given, "garden"));
        assertTrue(Metrics.exactMatch("garden", "<support></support><output>garden</output>"));
        assertEquals("<output>cut off", Metrics.output("<output>cut off"));
    }
}
