package org.perk4j.task.cloze;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

class ClozeContractTest extends TaskContract {

    @TempDir
    private static Path folder;
    private static String text;

    @BeforeAll
    static void write() throws IOException {
        text = ClozeTest.text(folder, 2000).toString();
    }

    @Override
    protected TaskType<?> type() {
        return new Cloze();
    }

    @Override
    protected Map<String, ?> options() {
        return Map.of("text", text, "sentences", 5, "questions", 3, "segmentTokens", 150);
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        return Map.of("text", Map.of("text", ""), "missing.txt", Map.of("text", "missing.txt"),
                "kinds", Map.of("text", text, "kinds", List.of("meaning")),
                "sentences", Map.of("text", text, "sentences", 0), "questions", Map.of("text", text, "questions", 0),
                "segmentTokens", Map.of("text", text, "segmentTokens", 0),
                "too few", Map.of("text", text, "sentences", 101));
    }

    @Override
    protected boolean isQuoted(Question question) {
        return true;
    }
}
