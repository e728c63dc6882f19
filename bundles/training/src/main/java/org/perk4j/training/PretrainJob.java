package org.perk4j.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugin;

/**
 * The job file of {@code perk pretrain}, for {@link LanguageTraining}: trains a base model from scratch, or trains all
 * weights of an existing one further, for example to answer with the context in its prompt.
 */
public record PretrainJob(
        @Option(help = "folder or GGUF file of the model to train further; empty to begin from scratch", value = "",
                file = Option.File.READ) String base,
        @Option(help = "the model to make from scratch: \"type\" and the other keys of its config.json; "
                + "vocab_size is the tokenizer's unless given", value = "gpt2") PluginChoice model,
        @Option(help = "folder with the tokenizer, for a model from scratch; a base brings its own", value = "",
                file = Option.File.READ)
        String tokenizer,
        @Option(help = "reads the tokenizer's files; the model's config.json then names it", value = TokenizerFormat.USUAL)
        PluginChoice tokenizerFormat,
        @Option(help = "what computes", value = "nd4j") PluginChoice backend,
        @Option(help = "what to learn, one stage after another") List<PretrainStage> stages,
        @Option(help = "answers begin with the facts that they rest on, where they are known", value = "false")
        boolean support,
        @Option(help = "tokens per step, at least", value = "8192") int tokensPerStep,
        @Option(help = "tokens computed at once, at least one sequence: more is faster, less takes less memory",
                value = "4096") int microBatchTokens,
        @Option(help = "the optimizer", value = "{\"learningRate\": 1e-3, \"floor\": 0.1}") OuterOptions outer,
        @Option(help = "when and how much to validate", value = "{}") ValidationOptions validation,
        @Option(help = "when to save", value = "{}") CheckpointOptions checkpoint,
        @Option(help = "folder for the model, the log and the checkpoints", file = Option.File.WRITTEN) String output,
        @Option(help = "seed of the initial weights and of the order of the data", value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public PretrainJob {
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: name at least one");
        }
        if (base.isEmpty() && tokenizer.isEmpty()) {
            throw new IllegalArgumentException("tokenizer: a model from scratch needs the folder of one");
        }
        if (tokensPerStep < 1 || microBatchTokens < 1) {
            throw new IllegalArgumentException("tokensPerStep and microBatchTokens must be at least 1");
        }
        if (output.isEmpty()) {
            throw new IllegalArgumentException("output: name a folder");
        }
    }

    /** @return the {@code config.json} of a model from scratch, as given by the job */
    @SuppressWarnings("unchecked")
    Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>((Map<String, Object>) model.options().plain());
        if (!tokenizerFormat.type().equals(TokenizerFormat.USUAL)) {
            Map<String, Object> format = new LinkedHashMap<>(Map.of(Plugin.TYPE, tokenizerFormat.type()));
            format.putAll((Map<String, Object>) tokenizerFormat.options().plain());
            config.put(TokenizerFormat.KEY, format);
        }
        return config;
    }

    TrainingLoop.LoopOptions loop() {
        return new TrainingLoop.LoopOptions(outer, validation, checkpoint);
    }

    /** A stage of the run: the data of some of its steps. Validation uses the last stage's data. */
    public record PretrainStage(
            @Option(help = "how many steps it takes") int steps,
            @Option(help = "what to learn from") List<PretrainSource> sources) {

        /** @throws IllegalArgumentException naming the key that is out of range */
        public PretrainStage {
            if (steps < 1 || sources.isEmpty()) {
                throw new IllegalArgumentException("a stage has at least one step and one source");
            }
        }
    }

    /** A source of sequences: the episodes of a task, or the text of files. */
    public record PretrainSource(
            @Option(help = "how often it is drawn from, relative to the stage's other sources", value = "1") double weight,
            @Option(help = "UTF-8 text files, read whole and cut to what the model reads at once; the last 5 % are for "
                    + "validation", value = "[]", file = Option.File.READ) List<String> files,
            @Option(help = "a task; empty if there are files", value = "{\"type\": \"\"}") PluginChoice task,
            @Option(help = "what is learned of a task's episodes: answers (documents, then questions; the answers alone), "
                    + "everything (all of that), documents (each document for itself)", value = "answers") Learn learn) {

        /** @throws IllegalArgumentException naming the key that is out of range */
        public PretrainSource {
            if (!(weight > 0)) {
                throw new IllegalArgumentException("weight must be above 0");
            }
            if (files.isEmpty() == task.type().isEmpty()) {
                throw new IllegalArgumentException("a source has either files or a task");
            }
        }
    }

    /** The parts of an episode whose tokens have a loss. */
    public enum Learn {
        /** The answers; the documents are only read. */
        ANSWERS,
        /** Documents, questions and answers. */
        EVERYTHING,
        /** The documents, each as a sequence of its own. */
        DOCUMENTS
    }
}
