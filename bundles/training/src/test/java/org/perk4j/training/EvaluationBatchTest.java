package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.Example;
import org.perk4j.evaluation.Method;
import org.perk4j.formats.Options;
import org.perk4j.plugin.Plugins;

/** Contexts whose questions are answered together. */
class EvaluationBatchTest {

    private static final List<Method> METHODS = List.of(Method.PERK, Method.FT_ICR, Method.NO_CONTEXT);
    private static final int EPISODES = 5;
    private static final int QUESTIONS = 2;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void train() throws IOException {
        SmallRun.adapter(folder, SmallRun.base(folder, 0.6), 2, 1);
    }

    private static List<Example> evaluate(Plugins plugins, int batch, Evaluation.Progress progress) throws IOException {
        return evaluate(plugins, batch, "", progress);
    }

    private static List<Example> evaluate(Plugins plugins, int batch, String files, Evaluation.Progress progress)
            throws IOException {
        return SmallRun.evaluation(plugins).run(Options.read(
                Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%1$s", "adapter": "%2$s", "ftIcr": "%1$s", "backend": "java", "contexts": [
                   {"type": "student-records", "records": 2, "questions": %3$d},
                   {"type": "student-records", "records": 3, "questions": %3$d}],
                 "episodes": %4$d, "answerTokens": 8, "batch": %5$d, "files": "%6$s"}
                """.formatted(folder.resolve("base"), folder.resolve("adapter"), QUESTIONS, EPISODES, batch, files)),
                EvaluateJob.class), progress);
    }

    @Test
    void aBatchIsAnsweredAsOneContextAtATime() throws IOException {
        List<String> toldAlone = new ArrayList<>();
        List<Example> alone = evaluate(new SmallPlugins(), 1, (method, done, total) -> toldAlone.add(method + " " + done));
        assertEquals(METHODS.size() * 2 * EPISODES, toldAlone.size());
        for (Method method : METHODS) {
            assertTrue(answers(alone, method).stream().distinct().count() > EPISODES, answers(alone, method).toString());
        }
        assertTrue(IntStream.range(0, 2 * EPISODES * QUESTIONS).anyMatch(
                i -> !answers(alone, Method.PERK).get(i).equals(answers(alone, Method.NO_CONTEXT).get(i))),
                "memories matter");
        for (int batch : new int[] {2, EPISODES, 100}) {
            List<String> told = new ArrayList<>();
            assertEquals(alone, evaluate(new SmallPlugins(), batch, (method, done, total) -> told.add(method + " " + done)));
            assertEquals(toldAlone, told);
        }
    }

    @Test
    void contextsThatGoThroughFilesAreAnsweredAlikeAndLeaveNothingBehind() throws IOException {
        Path files = folder.resolve("files");
        List<Boolean> there = new ArrayList<>();
        List<Example> throughFiles = evaluate(new SmallPlugins(), 2, files.toString(), (method, done, total) -> {
            if (method == Method.PERK) {
                there.add(Files.isRegularFile(files.resolve("text.txt"))
                        && Files.isRegularFile(files.resolve("memory/adapter_model.safetensors")));
            }
        });
        assertEquals(Collections.nCopies(2 * EPISODES, true), there);
        assertEquals(evaluate(new SmallPlugins(), 2, (method, done, total) -> { }), throughFiles);
        assertTrue(Files.notExists(files));
    }

    private static List<String> answers(List<Example> examples, Method method) {
        return examples.stream().filter(e -> e.method() == method).map(Example::given).toList();
    }

    @Test
    void noMoreThanABatchOfMemoriesIsHeld() throws IOException {
        WatchedBackend backend = new WatchedBackend();
        List<Long> held = new ArrayList<>();
        evaluate(new SmallPlugins(backend), 2, (method, done, total) -> {
            if (method == Method.PERK) {
                held.add(backend.compute.memory().liveBytes());
            }
        });
        long memory = held.get(1) - held.get(0);
        assertTrue(memory > 0);
        assertEquals(LongStream.of(0, 1, 0, 1, 0, 0, 1, 0, 1, 0).map(more -> held.get(0) + more * memory).boxed().toList(),
                held);
    }

    @Test
    void aBatchHoldsAtLeastOneContext() {
        assertTrue(assertThrows(IOException.class, () -> evaluate(new SmallPlugins(), 0, (method, done, total) -> { }))
                .getMessage().contains("batch"));
    }
}
