package org.perk4j.task.facts;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

class FactsContractTest {

    @TempDir
    private static Path folder;
    private static Path words;
    private static Path text;

    @BeforeAll
    static void write() throws IOException {
        words = FactsTest.words(folder);
        text = FactsTest.text(folder);
    }

    @Nested
    class Records extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("words", words.toString(), "things", 4, "minimumThings", 2);
        }
    }

    @Nested
    class WithinProse extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("words", words.toString(), "text", text.toString(), "things", 3, "questions", 2,
                    "contextTokens", 900, "segmentTokens", 200);
        }
    }

    private abstract static class Contract extends TaskContract {

        @Override
        protected TaskType<?> type() {
            return new Facts();
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("kinds", with("kinds", List.of("planet")), "words", Map.of("words", ""),
                    "missing-words.txt", Map.of("words", "missing-words.txt"), "things", with("things", 0),
                    "minimumThings", with("minimumThings", 9), "questions", with("questions", -1),
                    "missing.txt", with("text", "missing.txt"), "contextTokens", with("contextTokens", 0),
                    "segmentTokens", with("segmentTokens", 0), "position", with("position", "end"));
        }

        private static Map<String, ?> with(String key, Object value) {
            Map<String, Object> options = new HashMap<>(Map.of("words", words.toString()));
            options.put(key, value);
            return options;
        }

        @Override
        protected boolean isQuoted(Question question) {
            return true;
        }
    }
}
