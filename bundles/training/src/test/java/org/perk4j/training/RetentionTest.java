package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.meta.Encoding;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.Divergence;

/** The term against forgetting in a training. */
class RetentionTest {

    private static final int STEPS = 40;

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void train() throws IOException {
        base = SmallRun.base(folder, 0.6);
    }

    /** Measured with another context, on another text. */
    @Test
    void itHoldsTheDivergenceDown() throws IOException {
        double without = divergence(train("without", "perk", "text.txt", 32, "1e-12"));
        double with = divergence(train("with", "perk", "text.txt", 32, "3"));
        assertTrue(with < without / 2, () -> with + " with the term, " + without + " without");
        List<Double> losses = logged("with", "loss");
        assertTrue(mean(losses.subList(STEPS - 10, STEPS)) < mean(losses.subList(0, 10)),
                () -> "answers are learned: " + losses);
        assertEquals(STEPS, logged("with", "retention").size());
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(each -> each).average().orElseThrow();
    }

    private List<Double> logged(String output, String key) throws IOException {
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(output).resolve("log.jsonl"))) {
            values.add((Double) Json.parseObject(line).get(key));
        }
        return values;
    }

    /** @return the mean KL(base‖adapted) of a text's tokens, with a context encoded */
    private double divergence(Path adapter) throws IOException {
        try (MemoryModel model = MemoryModel.open(BaseModel.open(base, new SmallPlugins()),
                PluginChoice.of("java", Map.of()), new SmallPlugins(), new ReverseMode());
                Scope scope = model.compute().scope()) {
            MemoryModel.Writer writer = model.writer(TrainedAdapter.open(adapter));
            Encoding encoding = writer.encode(List.of(new EncodedText(tokens("Oslo's number is 7. "), 0)), passes -> { });
            return Divergence.of(model.compute(), model.base().model(), model.weights(),
                    tokens("It was a bright cold day in spring, and all the clocks were striking."),
                    writer.adaptation(encoding));
        }
    }

    private static int[] tokens(String text) {
        return new ByteTokenizer().encode(text);
    }

    private Path train(String output, String objective, String text, int tokens, String weight) throws IOException {
        Path job = Files.writeString(folder.resolve(output + ".json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 4, "initB": 0}, "optimizer": "sgd",
                 "objective": {"type": "%s", "steps": 2, "learningRate": 0.1},
                 "retention": {"text": "%s", "tokens": %d, "weight": %s},
                 "stages": [{"steps": %d, "task": {"type": "student-records", "records": 2, "questions": 3}}],
                 "outer": {"learningRate": 0.02}, "validation": {"every": 1000, "episodes": 1, "answers": 0},
                 "output": "%s"}
                """.formatted(base, objective, folder.resolve(text), tokens, weight, STEPS, folder.resolve(output)));
        SmallRun.run("train", job, false);
        return folder.resolve(output);
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
