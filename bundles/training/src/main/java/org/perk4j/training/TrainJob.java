package org.perk4j.training;

import java.util.List;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Recipe;
import org.perk4j.plugin.Option;

/**
 * The job file of {@code perk train}, for {@link MetaTraining}: learns to encode contexts into an adapter, with which
 * questions about them are answered.
 */
public record TrainJob(
        @Option(help = "folder or GGUF file of the base model", file = Option.File.READ) String base,
        @Option(help = "folder of a trained adapter of the same kind to go on from; empty to begin afresh", value = "",
                file = Option.File.READ)
        String from,
        @Option(help = "what computes", value = "nd4j") PluginChoice backend,
        @Option(help = "what contexts are written into", value = "lora") PluginChoice adapter,
        @Option(help = "the optimizer of the inner loop", value = "adamw") PluginChoice optimizer,
        @Option(help = "how contexts are encoded and what is learned of that", value = "perk") PluginChoice objective,
        @Option(help = "what to learn from, one stage after another") List<TrainStage> stages,
        @Option(help = "answers begin with the facts that they rest on, where they are known", value = "false")
        boolean support,
        @Option(help = "what is done against forgetting", value = "{}") RetentionOptions retention,
        @Option(help = "the outer optimizer", value = "{}") OuterOptions outer,
        @Option(help = "when and how much to validate", value = "{}") ValidationOptions validation,
        @Option(help = "when to save", value = "{}") CheckpointOptions checkpoint,
        @Option(help = "folder for the adapter, the log and the checkpoints", file = Option.File.WRITTEN) String output,
        @Option(help = "seed of the initial values", value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public TrainJob {
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: name at least one");
        }
        if (base.isEmpty() || output.isEmpty()) {
            throw new IllegalArgumentException("base and output: name a folder each");
        }
    }

    Recipe recipe() {
        return new Recipe(adapter, optimizer, objective);
    }

    TrainingLoop.LoopOptions loop() {
        return new TrainingLoop.LoopOptions(outer, validation, checkpoint);
    }

    /** A stage of the run: the data of some of its steps. Validation uses the last stage's data. */
    public record TrainStage(
            @Option(help = "how many steps it takes") int steps,
            @Option(help = "the task that gives the episodes; empty if there are sources", value = "{\"type\": \"\"}")
            PluginChoice task,
            @Option(help = "several tasks instead, of one of which each episode is", value = "[]")
            List<TrainSource> sources,
            @Option(help = "episodes in a step", value = "1") int episodes) {

        /** @throws IllegalArgumentException naming the key that is out of range */
        public TrainStage {
            sources = List.copyOf(sources);
            if (steps < 1 || episodes < 1) {
                throw new IllegalArgumentException("steps and episodes must be at least 1");
            }
            if (sources.isEmpty() == task.type().isEmpty()) {
                throw new IllegalArgumentException("task: a stage has either a task or sources");
            }
        }

        /** @return the stage's tasks with their weights, at least one */
        List<TrainSource> tasks() {
            return sources.isEmpty() ? List.of(new TrainSource(1, task)) : sources;
        }
    }

    /** One of the tasks of a stage. */
    public record TrainSource(
            @Option(help = "how often it is drawn from, relative to the stage's other sources", value = "1") double weight,
            @Option(help = "the task") PluginChoice task) {

        /** @throws IllegalArgumentException naming the key that is out of range */
        public TrainSource {
            if (!(weight > 0)) {
                throw new IllegalArgumentException("weight must be above 0");
            }
        }
    }
}
