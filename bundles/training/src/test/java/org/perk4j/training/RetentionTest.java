package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** The term against forgetting in a training. */
class RetentionTest {

    private static final int STEPS = 40;

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void train() throws IOException {
        base = SmallRun.base(folder, 0.3);
    }

    /** With a weight that changes nothing, the divergence is only measured. */
    @Test
    void itHoldsTheDivergenceDown() throws IOException {
        double without = divergence(train("without", "perk", "text.txt", 32, "1e-12"));
        double with = divergence(train("with", "perk", "text.txt", 32, "50"));
        assertTrue(without > 0.1 && with < 0.75 * without, () -> with + " with the term, " + without + " without");
    }

    /** @return the mean over the last half of the steps */
    private static double divergence(Path log) throws IOException {
        double sum = 0;
        for (String line : Files.readAllLines(log).subList(STEPS / 2, STEPS)) {
            sum += (Double) Json.parseObject(line).get("retention");
        }
        return sum / (STEPS - STEPS / 2);
    }

    private Path train(String output, String objective, String text, int tokens, String weight) throws IOException {
        Path job = Files.writeString(folder.resolve(output + ".json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 2, "initB": 0.1}, "optimizer": "sgd",
                 "objective": {"type": "%s", "steps": 1, "learningRate": 0.1},
                 "retention": {"text": "%s", "tokens": %d, "weight": %s},
                 "stages": [{"steps": %d, "task": {"type": "student-records", "records": 2, "questions": 2}}],
                 "outer": {"learningRate": 0.02}, "validation": {"every": 1000, "episodes": 1, "answers": 0},
                 "output": "%s"}
                """.formatted(base, objective, folder.resolve(text), tokens, weight, STEPS, folder.resolve(output)));
        SmallRun.run("train", job, false);
        return folder.resolve(output).resolve("log.jsonl");
    }

    @Test
    void whatCannotBeDoneIsSaid() throws IOException {
        Files.writeString(folder.resolve("short.txt"), "Short.");
        assertSays("nowhere.txt", "perk", "nowhere.txt", 32, "1");
        assertSays("short.txt: holds only 6 tokens: give a longer text, or lower retention.tokens", "perk", "short.txt", 32,
                "1");
        assertSays("retention.tokens: the model reads at most 1600", "perk", "text.txt", 1601, "1");
        assertSays("weight must be above 0", "perk", "text.txt", 32, "0");
        assertSays("tokens must be at least 1", "perk", "text.txt", 0, "1");
        assertSays("retention: the objective reptile has no such term", "reptile", "text.txt", 32, "1");
    }

    private void assertSays(String part, String objective, String text, int tokens, String weight) {
        String message = assertThrows(Exception.class, () -> train("refused", objective, text, tokens, weight)).getMessage();
        assertTrue(message.contains(part) && message.lines().count() == 1, message);
    }
}
