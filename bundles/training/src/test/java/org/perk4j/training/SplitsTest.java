package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Example;
import org.perk4j.formats.Options;

/** Data whose parts are empty, or smaller than what a job asks for. */
class SplitsTest {

    @TempDir
    private static Path base;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeBase() throws IOException {
        SmallRun.base(base, 0.02);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'files': ['DATA'] | the task files has no episodes for validation: of the 4 instances in DATA it gets a "
                + "validationShare of 0.1: raise that, or name files with instances in validation",
        "'train': ['DATA'] | the task files has no episodes for validation: name files with instances in validation",
        "'validation': ['DATA'] | the task files has no episodes for training: name files with instances in train",
        "'files': ['DATA'], 'validationShare': 0.5, 'testShare': 0.5 | the task files has no episodes for training: of the "
        + "4 "
                + "instances in DATA it gets what validationShare and testShare leave: lower these, or name files with "
                + "instances in train"})
    void trainingIsRefusedBeforeItsFirstStep(String options, String problem) throws IOException {
        String data = instances(4).toString();
        String task = "{'type': 'files', OPTIONS}".replace("OPTIONS", options).replace('\'', '"').replace("DATA", data);
        Path train = train(task, 1);
        Path pretrain = pretrain("{\"task\": " + task + "}");
        assertEquals(train + ": line 2, column 25: stages[0].task: " + problem.replace("DATA", data),
                assertThrows(IllegalArgumentException.class, () -> SmallRun.run("train", train, false)).getMessage());
        assertEquals(pretrain + ": line 3, column 38: stages[0].sources[0].task: " + problem.replace("DATA", data),
                assertThrows(IllegalArgumentException.class, () -> SmallRun.run("pretrain", pretrain, false)).getMessage());
        assertFalse(Files.exists(folder.resolve("out")), "nothing is begun");
    }

    @Test
    void validatesOnWhatThereIs() throws IOException {
        Path data = instances(3);
        String task = "{\"type\": \"files\", \"train\": [\"" + data + "\"], \"validation\": [\"" + data + "\"]}";
        double all = SmallRun.run("train", train(task, 3), false).bestLoss();
        Files.move(folder.resolve("out"), folder.resolve("earlier"));
        assertEquals(all, SmallRun.run("train", train(task, 100), false).bestLoss(), "each once, not one more often");
        Files.move(folder.resolve("out"), folder.resolve("earliest"));
        assertTrue(SmallRun.run("pretrain", pretrain("{\"task\": " + task + "}"), false).finished());
    }

    @Test
    void evaluatesWhatThereIs() throws IOException {
        List<String> told = new ArrayList<>();
        List<Example> examples = evaluate("\"test\": [\"" + instances(2) + "\"]", 0, told);
        assertEquals(List.of("1 of 2", "2 of 2"), told);
        assertEquals(List.of("q0?", "q1?"), examples.stream().map(example -> example.question().text()).toList());
        assertEquals(1, evaluate("\"test\": [\"" + instances(2) + "\"]", 1, new ArrayList<>()).size());
    }

    @Test
    void evaluationIsRefusedBeforeAnythingIsRead() throws IOException {
        Path data = instances(2);
        String empty = assertThrows(IllegalArgumentException.class,
                () -> evaluate("\"files\": [\"" + data + "\"]", 0, new ArrayList<>())).getMessage();
        assertTrue(empty.endsWith(": contexts[0]: the task files has no episodes for the test: of the 2 instances in " + data
                + " it gets a testShare of 0.1: raise that, or name files with instances in test"), empty);
        String beyond = assertThrows(IllegalArgumentException.class,
                () -> evaluate("\"test\": [\"" + data + "\"]", 2, new ArrayList<>())).getMessage();
        assertTrue(beyond.endsWith(
                "has 2 episodes for the test, so none from number 2 on: name files with instances in test"), beyond);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "short.txt | A few words. | a single sequence",
        "empty.jsonl | | no sequence",
        "one.jsonl | {'prompt': 'p', 'completion': 'c'} | a single sequence"})
    void textIsRefusedThatLeavesNothingForValidation(String name, String text, String found) throws IOException {
        Path file = Files.writeString(folder.resolve(name), (text == null ? " " : text.replace('\'', '"')) + "\n");
        Path job = pretrain("{\"files\": [\"" + file + "\"]}");
        String message = assertThrows(IOException.class, () -> SmallRun.run("pretrain", job, false)).getMessage();
        if (text != null) { // a blank file is refused before
            assertEquals(file + ": " + found + " of at most 1600 tokens, but one is needed to learn from and another for "
                    + "validation: name more or longer texts in files, or .jsonl files with at least two lines", message);
        }
        assertTrue(message.startsWith(file + ": ") && !Files.exists(folder.resolve("out")), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'prompt': 'p', 'prompt': 'q', 'completion': 'c'} | line 2, column 17: prompt: this key occurs twice: remove one",
        "{'prompt': 'p'} | line 2, column 1: expected {'prompt': '…', 'completion': '…'}",
        "{'prompt': '', 'completion': ''} | line 2, column 1: nothing to learn: give a prompt or a completion that isn't "
                + "empty"})
    void examplesAreRefusedWithTheirPlace(String line, String problem) throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"prompt\": \"p\", \"completion\": \"c\"}\n"
                + line.replace('\'', '"') + "\n");
        Path job = pretrain("{\"files\": [\"" + file + "\"]}");
        assertEquals(file + ": " + (problem.contains("isn't") ? problem : problem.replace('\'', '"')),
                assertThrows(IOException.class, () -> SmallRun.run("pretrain", job, false)).getMessage());
    }

    private List<Example> evaluate(String options, int first, List<String> told) throws IOException {
        Path job = Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "backend": "java", "contexts": [{"type": "files", %s}], "first": %d, "answerTokens": 1}
                """.formatted(base.resolve("base"), options, first));
        return SmallRun.evaluation(new SmallPlugins()).run(Options.read(job, EvaluateJob.class),
                (method, done, total) -> told.add(done + " of " + total));
    }

    private Path train(String task, int validated) throws IOException {
        return Files.writeString(folder.resolve("train.json"), """
                {"base": "%s", "backend": "java",
                "stages": [{"steps": 1, "task": %s}], "adapter": {"type": "lora", "rank": 2}, "optimizer": "sgd",
                "objective": {"type": "perk", "steps": 1, "learningRate": 0.1, "weightingUnits": 4},
                "validation": {"episodes": %d, "answers": 9, "answerTokens": 2}, "output": "%s"}
                """.formatted(base.resolve("base"), task, validated, folder.resolve("out")));
    }

    private Path pretrain(String source) throws IOException {
        return Files.writeString(folder.resolve("pretrain.json"), """
                {"base": "%s", "backend": "java", "tokensPerStep": 10,
                "validation": {"episodes": 9, "answers": 9, "answerTokens": 2},
                "stages": [{"steps": 1, "sources": [%s]}], "output": "%s"}
                """.formatted(base.resolve("base"), source, folder.resolve("out")));
    }

    private Path instances(int count) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), IntStream.range(0, count)
                .mapToObj(i -> "{\"context\": [\"Text " + i + ".\"], \"question\": \"q" + i + "?\", \"answer\": \"a\"}\n")
                .collect(Collectors.joining()));
    }
}
