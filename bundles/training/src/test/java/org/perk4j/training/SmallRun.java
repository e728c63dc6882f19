package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.perk4j.engine.ReverseMode;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.formats.Options;
import org.perk4j.inference.Memories;
import org.perk4j.memory.files.PeftMemoryStore;
import org.perk4j.plugin.Plugins;

/** A run that takes seconds, also as a process of its own: {@code SmallRun pretrain|train JOB}. */
final class SmallRun {

    static final int STEPS = 14;

    private SmallRun() {
    }

    public static void main(String[] arguments) throws IOException {
        run(arguments[0], Path.of(arguments[1]), false);
    }

    static TrainingOutcome run(String kind, Path job, boolean resume) throws IOException {
        return kind.equals("train")
                ? new MetaTraining(new SmallPlugins(), new ReverseMode())
                        .run(Options.read(job, TrainJob.class), resume, Progress.NONE, () -> false)
                : new LanguageTraining(new SmallPlugins(), new ReverseMode())
                        .run(Options.read(job, PretrainJob.class), resume, Progress.NONE, () -> false);
    }

    static Evaluation evaluation(Plugins plugins) {
        return new Evaluation(new Memories(plugins, new ReverseMode()), plugins, new PeftMemoryStore());
    }

    /** @return the folder of a model that has made one step on text, and reads what the tasks of the tests say */
    static Path base(Path folder, double initializerRange) throws IOException {
        Path base = folder.resolve("base");
        Path text = Files.writeString(folder.resolve("text.txt"), "Some words. ".repeat(500));
        run("pretrain", Files.writeString(folder.resolve("base.json"), """
                {"model": {"type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 1600,
                           "initializer_range": %s},
                 "tokenizer": "%s", "backend": "java", "tokensPerStep": 100,
                 "stages": [{"steps": 1, "sources": [{"files": ["%s"]}]}],
                 "validation": {"episodes": 1}, "output": "%s"}
                """.formatted(initializerRange, folder, text, base)), false);
        return base;
    }

    /**
     * Trains an adapter for one step, so that it does something.
     *
     * @param steps of the inner loop
     * @param rate  of these
     * @return its folder, {@code adapter}
     */
    static Path adapter(Path folder, Path base, int steps, double rate) throws IOException {
        return adapter(folder.resolve("adapter"), base, "{\"type\": \"lora\", \"rank\": 2, \"initB\": 0.3}", steps, rate, 1);
    }

    /**
     * @param adapter    the folder to be made
     * @param type       as a job has it
     * @param steps      of the inner loop
     * @param rate       of these
     * @param outerSteps of the training
     * @return the folder
     */
    static Path adapter(Path adapter, Path base, String type, int steps, double rate, int outerSteps) throws IOException {
        run("train", Files.writeString(adapter.resolveSibling(adapter.getFileName() + ".json"), """
                {"base": "%s", "backend": "java", "adapter": %s, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": %d, "learningRate": %s},
                 "stages": [{"steps": %d, "task": {"type": "student-records", "records": 2, "questions": 1}}],
                 "validation": {"episodes": 1, "answers": 0}, "output": "%s"}
                """.formatted(base, type, steps, rate, outerSteps, adapter)), false);
        return adapter;
    }

    /** Two stages, from tasks and from text; checkpoints every 4 steps. */
    static Path pretrainJob(Path folder, String output) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"),
                "The quick brown fox jumps over the lazy dog. ".repeat(40));
        return Files.writeString(folder.resolve(output + ".json"), """
                {"model": {"type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 640},
                 "tokenizer": "%s", "backend": "java", "tokensPerStep": 600, "microBatchTokens": 500,
                 "stages": [
                   {"steps": 5, "sources": [
                     {"files": ["%s"]},
                     {"weight": 2, "learn": "everything",
                      "task": {"type": "student-records", "records": 2, "questions": 2}}]},
                   {"steps": 9, "sources": [
                     {"task": {"type": "student-records", "records": 2, "questions": 2}},
                     {"learn": "documents", "task": {"type": "student-records", "records": 3, "questions": 1}}]}],
                 "validation": {"every": 5, "episodes": 2, "answers": 1, "answerTokens": 3},
                 "checkpoint": {"everySteps": 4}, "output": "%s", "seed": 3}
                """.formatted(folder, text, folder.resolve(output)));
    }

    /**
     * Two stages of different episodes, with dropout and a text to retain, exact through both inner steps; checkpoints every
     * 4 steps.
     */
    static Path trainJob(Path folder, Path base, String output) throws IOException {
        return Files.writeString(folder.resolve(output + ".json"), """
                {"base": "%s", "backend": "java",
                 "adapter": {"type": "lora", "rank": 2, "dropout": 0.1}, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": 2, "learningRate": 0.1, "weightingUnits": 4},
                 "stages": [
                   {"steps": 5, "task": {"type": "student-records", "records": 2, "questions": 2}},
                   {"steps": 9, "episodes": 2, "task": {"type": "student-records", "records": 3, "questions": 1}}],
                 "retention": {"text": "%s", "tokens": 20}, "outer": {"learningRate": 1e-3},
                 "validation": {"every": 5, "episodes": 1, "answers": 1, "answerTokens": 3},
                 "checkpoint": {"everySteps": 4}, "output": "%s", "seed": 3}
                """.formatted(base, folder.resolve("text.txt"), folder.resolve(output)));
    }
}
