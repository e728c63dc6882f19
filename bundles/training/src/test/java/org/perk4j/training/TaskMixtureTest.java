package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;

/** A stage of a training with several tasks. */
class TaskMixtureTest {

    @TempDir
    private Path folder;

    /** Its episodes tell which task and number they are. */
    private record Named(String name) implements TaskSource {

        @Override
        public OptionalLong episodes(Split split) {
            return OptionalLong.empty();
        }

        @Override
        public Episode episode(Split split, long number) {
            return new Episode(List.of(name + number), List.of(new Question("any", "what?", "that", List.of(), 0)));
        }
    }

    private static MetaTrainer.Stage stage(int validatedOfFirst, int validatedOfSecond) {
        Order order = new Order(OptionalLong.empty(), 0);
        return new MetaTrainer.Stage(List.of(new MetaTrainer.Source(new Named("a"), order, validatedOfFirst),
                new MetaTrainer.Source(new Named("b"), order, validatedOfSecond)), new Shares(List.of(1.0, 3.0), 4), 1);
    }

    @Test
    void episodesAreDrawnByTheWeightsOfTheirTasks() {
        MetaTrainer.Stage stage = stage(0, 0);
        List<String> drawn = LongStream.range(0, 10_000).mapToObj(n -> stage.training(n).segments().get(0)).toList();
        assertEquals(2_500, drawn.stream().filter(name -> name.startsWith("a")).count(), 150);
        assertEquals(10_000, drawn.stream().distinct().count());
        assertEquals(drawn.get(77), stage(0, 0).training(77).segments().get(0), "does not depend on earlier draws");
    }

    @ParameterizedTest
    @CsvSource({"3, 3, a0 b0 a1 b1 a2 b2", "2, 1, a0 b0 a1", "1, 3, a0 b0 b1 b2", "1, 0, a0"})
    void validationTakesTheTasksInTurn(int first, int second, String episodes) {
        assertEquals(episodes, stage(first, second).validation().stream().map(episode -> episode.segments().get(0))
                .collect(Collectors.joining(" ")));
    }

    private Path job(String stage) throws IOException {
        return Files.writeString(folder.resolve("train.json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 2}, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": 1, "learningRate": 0.1, "weightingUnits": 4},
                 "stages": [%s],
                 "validation": {"episodes": 3, "answers": 3, "answerTokens": 2}, "output": "%s"}
                """.formatted(folder.resolve("base"), stage, folder.resolve("adapter")));
    }

    @Test
    void aRunLearnsFromAllOfThem() throws IOException {
        SmallRun.base(folder, 0.3);
        TrainingOutcome outcome = SmallRun.run("train", job("""
                {"steps": 3, "episodes": 2, "sources": [
                  {"weight": 2, "task": {"type": "student-records", "records": 2, "questions": 1}},
                  {"task": {"type": "babilong", "facts": 4, "contextWords": 30, "segmentWords": 30, "tasks": ["qa1"]}}]}
                """), false);
        assertTrue(outcome.finished() && Double.isFinite(outcome.bestLoss()), outcome.toString());
        List<String> log = Files.readAllLines(folder.resolve("adapter/log.jsonl"));
        assertEquals(3, log.size());
        for (String line : log) {
            assertTrue((double) Json.parseObject(line).get("loss") > 0, line);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"steps\": 1} | a stage has either a task or sources",
        "{\"steps\": 1, \"task\": \"files\", \"sources\": [{\"task\": \"files\"}]} | a stage has either a task or sources",
        "{\"steps\": 1, \"sources\": [{\"weight\": 0, \"task\": \"babilong\"}]} | weight must be above 0"})
    void whatIsNoMixtureIsRefused(String stage, String message) throws IOException {
        Path job = job(stage);
        String refusal = assertThrows(Exception.class, () -> Options.read(job, TrainJob.class)).getMessage();
        assertTrue(refusal.startsWith(job + ": line 3, column ") && refusal.contains("stages[0]")
                && refusal.endsWith(message), refusal);
    }
}
