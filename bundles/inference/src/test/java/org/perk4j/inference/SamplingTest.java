package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.formats.FileFormatException;

class SamplingTest {

    @TempDir
    private Path folder;

    private Sampling in(String config) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), config);
        return Sampling.in(folder);
    }

    @Test
    void theFileSaysHowTokensAreChosen() throws IOException {
        assertEquals(Sampling.GREEDY, Sampling.in(folder), "no file");
        assertEquals(Sampling.GREEDY, in("{\"eos_token_id\": 2, \"temperature\": 0.6}"));
        assertEquals(Sampling.GREEDY, in("{\"do_sample\": false, \"temperature\": 0.6}"));
        assertEquals(new Sampling(0.6, 0.9), in("{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9}"));
        assertEquals(new Sampling(1, 1), in("{\"do_sample\": true, \"temperature\": null}"));
        assertEquals(new Sampling(1, 1, 20, 1.05, 0, 0),
                in("{\"do_sample\": true, \"top_k\": 20, \"repetition_penalty\": 1.05}"));
        assertEquals(new Sampling(0, 1, 0, 1.1, 0, 0), in("{\"top_k\": 20, \"repetition_penalty\": 1.1}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"temperature | 0", "temperature | -1", "temperature | \"warm\"", "top_p | 0",
        "top_p | 1.5"})
    void whatIsOutOfRangeIsNamed(String key, String value) {
        String message = assertThrows(FileFormatException.class,
                () -> in("{\"do_sample\": true, \"" + key + "\": " + value + "}")).getMessage();
        assertTrue(message.contains("generation_config.json: " + key + ": " + value + " is not a number above 0")
                && message.contains("set do_sample to false"), message);
    }

    @Test
    void whatHasAnotherRangeIsNamedWithIt() {
        String topK = assertThrows(FileFormatException.class,
                () -> in("{\"do_sample\": true, \"top_k\": 1.5}")).getMessage();
        assertTrue(topK.contains("top_k: 1.5 is not a whole number of at least 0"), topK);
        String penalty = assertThrows(FileFormatException.class, () -> in("{\"repetition_penalty\": 0}")).getMessage();
        assertTrue(penalty.contains("repetition_penalty: 0 is not a number above 0: correct it, or remove it"), penalty);
    }
}
