package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.formats.Options;
import org.perk4j.inference.BaseModel;

/** What can be known at the start keeps a job from starting, and not from ending. */
class EarlyChecksTest {

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void train() throws IOException {
        base = SmallRun.base(folder, 0.6);
    }

    /** Each job here would fail after its first contexts: it fails before the first. */
    private String evaluationFails(String keys) throws IOException {
        Path job = Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "backend": "java", "episodes": 2, "answerTokens": 1, "contexts": [
                  {"type": "student-records", "records": 2, "questions": 1},
                """.formatted(base) + keys + "}");
        Evaluation evaluation = SmallRun.evaluation(new SmallPlugins());
        return assertThrows(Exception.class, () -> evaluation.run(Options.read(job, EvaluateJob.class),
                (method, done, total) -> fail("read a context"))).getMessage();
    }

    @Test
    void aLaterTaskOfAnEvaluation() throws IOException {
        String message = evaluationFails("{\"type\": \"student-records\", \"records\": 0, \"questions\": 1}]");
        assertTrue(message.contains("records"), message);
    }

    @Test
    void theModelOfALaterMethodOfAnEvaluation() throws IOException {
        Files.createDirectory(folder.resolve("empty"));
        String message = evaluationFails("{\"type\": \"student-records\", \"records\": 2}], \"ftIcr\": \"%s\""
                .formatted(folder.resolve("empty")));
        assertTrue(message.contains("no config.json"), message);
    }

    @Test
    void promptsThatALaterModelCannotRead() throws IOException {
        String message = evaluationFails("{\"type\": \"student-records\", \"records\": 50, \"questions\": 1}], "
                + "\"ftIcr\": \"%s\"".formatted(base));
        assertTrue(message.contains("the model reads at most 1600"), message);
    }

    /** A block is made for each layer: a million of them take seconds, and more heap than there is. */
    @Test
    void sizesThatNothingHolds() throws IOException {
        Path config = base.resolve("config.json");
        String layers = "\"n_layer\": 1";
        String sound = Files.readString(config);
        assertTrue(sound.contains(layers), sound);
        Files.writeString(config, sound.replace(layers, "\"n_layer\": 16000000"));
        String message = assertThrows(IOException.class, () -> BaseModel.open(base, new SmallPlugins())).getMessage();
        assertTrue(message.startsWith(config + ": describes a model of ")
                && message.contains(" weights, but its files have room for only "
                + Files.size(base.resolve("model.safetensors")) + ": take all files"), message);

        for (String size : new String[] {"\"n_layer\": 16000000, \"n_embd\": 16", "\"n_layer\": 1, \"n_embd\": 4000000"}) {
            String refusal = pretrainingFails(size);
            assertTrue(refusal.startsWith("model: describes a model of ") && refusal.contains("PERK_JAVA_OPTS"), refusal);
        }
    }

    private String pretrainingFails(String modelKeys) throws IOException {
        Path job = Files.writeString(folder.resolve("scratch.json"), """
                {"model": {"type": "gpt2", %s, "n_head": 2, "n_positions": 1600}, "tokenizer": "%s", "backend": "java",
                 "stages": [{"steps": 1, "sources": [{"files": ["%s"]}]}], "output": "%s"}
                """.formatted(modelKeys, folder, folder.resolve("text.txt"), folder.resolve("scratch")));
        return assertThrows(IllegalArgumentException.class, () -> SmallRun.run("pretrain", job, false)).getMessage();
    }

    /** What is optional would silently be what it is without the key. What is for other programs is let through. */
    @Test
    void misspeltKeysOfAModelFromScratch() throws IOException {
        String message = pretrainingFails("\"n_layer\": 1, \"n_embd\": 16, \"architectures\": [\"GPT2LMHeadModel\"], "
                + "\"initialiser_range\": 0.1");
        assertEquals("model.initialiser_range: unknown key: did you mean \"initializer_range\"?", message);
    }

    /** Without a base to read: the output comes first. */
    @Test
    void theOutputOfATraining() throws IOException {
        Path nowhere = folder.resolve("nowhere");
        Path file = Files.createFile(folder.resolve("file"));
        for (String kind : new String[] {"train", "pretrain"}) {
            Path job = kind.equals("train") ? SmallRun.trainJob(folder, nowhere, "file")
                    : Files.writeString(folder.resolve("further.json"), """
                    {"base": "%s", "backend": "java", "stages": [{"steps": 1, "sources": [{"files": ["x"]}]}],
                     "output": "%s"}
                    """.formatted(nowhere, file));
            String message = assertThrows(IOException.class, () -> SmallRun.run(kind, job, false)).getMessage();
            assertTrue(message.startsWith(file + ": can't be written"), message);
        }
    }

    /** No backend has options: options would be ignored without a word. */
    @Test
    void keysThatNoBackendReads() throws IOException {
        Path job = SmallRun.trainJob(folder, base, "run");
        Files.writeString(job, Files.readString(job).replace("\"java\"", "{\"type\": \"java\", \"threads\": 4}"));
        String message = assertThrows(IllegalArgumentException.class, () -> SmallRun.run("train", job, false)).getMessage();
        assertTrue(message.startsWith(job + ": line 1, column ")
                && message.endsWith(": backend.threads: unknown key: no keys are allowed here"), message);
    }

    @Test
    void aRunThatIsThereAlready() throws IOException {
        Path job = SmallRun.trainJob(folder, base, "run");
        SmallRun.run("train", job, false);
        Path other = Files.writeString(folder.resolve("other.json"),
                Files.readString(job).replace(base.toString(), "nowhere"));
        String begun = assertThrows(IOException.class, () -> SmallRun.run("train", other, false)).getMessage();
        assertEquals(folder.resolve("run") + ": already holds a run: resume it, or choose another output folder", begun);
        String resumed = assertThrows(IOException.class, () -> SmallRun.run("train", other, true)).getMessage();
        assertTrue(resumed.contains("this run began with another job"), resumed);
    }

    @Test
    void aTrainingThatCouldNotBeginLeavesNothing() throws IOException {
        assertThrows(IOException.class,
                () -> SmallRun.run("train", SmallRun.trainJob(folder, folder.resolve("nowhere"), "run"), false));
        assertFalse(Files.exists(folder.resolve("run")));
    }
}
