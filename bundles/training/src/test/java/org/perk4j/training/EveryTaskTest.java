package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.evaluation.Accuracy;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.evaluation.Example;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;

/** Each kind of task, from its first episode to the measurement of what was learned. */
class EveryTaskTest {

    private static final int STEPS = 2;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeBase() throws IOException {
        SmallRun.base(folder, 0.02);
        Files.write(folder.resolve("words.txt"), IntStream.range(0, 200).mapToObj(i -> "word" + i).toList());
        String sentence = "And on this day it was Mary who went to town with all of her sisters and bought what they needed "
                + "for the winter, all of it new. ";
        Files.writeString(folder.resolve("prose.txt"), sentence.repeat(60));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'type': 'student-records', 'records': 3, 'questions': 2, 'kinds': ['recall']}",
        "{'type': 'student-records', 'records': 3, 'questions': 2, 'kinds': ['relation']}",
        "{'type': 'student-records', 'records': 3, 'questions': 2, 'kinds': ['aggregate']}",
        "{'type': 'babilong', 'facts': 6, 'contextWords': 60, 'segmentWords': 30, 'questions': 2, 'tasks': ['qa1']}",
        "{'type': 'babilong', 'facts': 6, 'contextWords': 60, 'segmentWords': 30, 'tasks': ['qa2']}",
        "{'type': 'babilong', 'facts': 6, 'contextWords': 60, 'segmentWords': 30, 'tasks': ['qa3']}",
        "{'type': 'facts', 'words': 'FOLDER/words.txt', 'things': 3, 'questions': 2}",
        "{'type': 'facts', 'words': 'FOLDER/words.txt', 'things': 2, 'questions': 2, 'text': 'FOLDER/prose.txt'}",
        "{'type': 'cloze', 'text': 'FOLDER/prose.txt', 'sentences': 1, 'questions': 1}"})
    void isTrainedOnAndEvaluated(String quoted, @TempDir Path output) throws IOException {
        String task = quoted.replace('\'', '"').replace("FOLDER", folder.toString());
        TrainingOutcome outcome = SmallRun.run("train", Files.writeString(output.resolve("train.json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 2}, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": 1, "learningRate": 0.1, "weightingUnits": 4},
                 "stages": [{"steps": %d, "task": %s}],
                 "validation": {"episodes": 1, "answers": 1, "answerTokens": 2}, "output": "%s"}
                """.formatted(folder.resolve("base"), STEPS, task, output.resolve("adapter"))), false);
        assertTrue(outcome.finished() && Double.isFinite(outcome.bestLoss()), outcome.toString());
        List<String> log = Files.readAllLines(output.resolve("adapter/log.jsonl"));
        assertEquals(STEPS, log.size());
        for (String line : log) {
            assertTrue((double) Json.parseObject(line).get("loss") > 0, line); // a number that is not finite isn't there
        }

        List<Example> examples = SmallRun.evaluation(new SmallPlugins()).run(Options.read(
                Files.writeString(output.resolve("evaluate.json"), """
                {"base": "%1$s", "adapter": "%2$s", "ftIcr": "%1$s", "backend": "java", "contexts": [%3$s],
                 "episodes": 1, "answerTokens": 2}
                """.formatted(folder.resolve("base"), output.resolve("adapter"), task)), EvaluateJob.class),
                (method, done, total) -> { });
        List<EvaluationResult> results = Evaluation.results(examples);
        assertEquals(3, results.size());
        for (EvaluationResult result : results) {
            Accuracy accuracy = result.overall();
            assertTrue(accuracy.questions() >= 1 && result.contexts().tokens() > 100, result.toString());
            assertTrue(0 <= accuracy.low() && accuracy.low() <= accuracy.exactMatch()
                    && accuracy.exactMatch() <= accuracy.high() && accuracy.high() <= 1, result.toString());
            assertTrue(accuracy.exactMatch() <= accuracy.f1() && accuracy.f1() <= 1, result.toString());
        }
    }
}
