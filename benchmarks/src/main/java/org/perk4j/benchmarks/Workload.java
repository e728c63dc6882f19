package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.ModelFiles;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.plugin.Option;

/** What to compute, on what, and how often. The names and defaults of sizes are those of pytorch_peer.py. */
public record Workload(
        @Option(help = "what to compute", value = "meta") What what,
        @Option(help = "the model's config.json; of any, if base is given", value = "{}") JsonValue config,
        @Option(help = "GGUF file of a model with its weights; empty for config and weights from elsewhere", value = "")
        String base,
        @Option(help = "segments of the context", value = "8") int segments,
        @Option(help = "tokens of each segment", value = "128") int tokens,
        @Option(help = "inner steps (N)", value = "4") int steps,
        @Option(help = "how many of the last steps are differentiated through (T)", value = "4") int unroll,
        @Option(help = "rank of the adapter; 0 for none, where answers are written", value = "16") int rank,
        @Option(help = "of the inner loop", value = "adamw") Optimizer optimizer,
        @Option(help = "tokens of the question with its answer", value = "64") int answer,
        @Option(help = "tokens that are read at once, at least one segment", value = "1024") int microBatchTokens,
        @Option(help = "megabytes of products that may be kept of the steps", value = "0") int keepMegabytes,
        @Option(help = "megabytes of further ones that may be kept in a file", value = "0") int keepOnDiskMegabytes,
        @Option(help = "runs before the first that is timed", value = "1") int warmup,
        @Option(help = "runs that are timed", value = "3") int repeats,
        @Option(help = "nd4j; cuda, for a GPU; or java for a slow check that needs no native code", value = "nd4j")
        Platform backend,
        @Option(help = "type of the model's matrices; their values are expected to be of it",
                value = "float32") Weights weights,
        @Option(help = "measure each operation, which takes a little time of its own", value = "false") boolean profile,
        @Option(help = "safetensors file with weights, meta-parameters and tokens; drawn at random if empty", value = "")
        String inputs,
        @Option(help = "safetensors file to write what was computed to, instead of timing it", value = "")
        String results) {

    private static final Map<String, ModelType> MODELS =
            Map.of("gpt2", new Gpt2(), "llama", new Llama(), "qwen2", new Qwen2());

    /** What is computed. */
    public enum What {
        /** One meta-gradient. */
        META,
        /** The inner loop alone. */
        ADAPT,
        /** The last hidden states of the whole context as one sequence: what answering from a prompt starts with. */
        PREFILL,
        /**
         * Answers of {@code answer} tokens, one from each of as many memories as {@code segments} says, to prompts of
         * {@code tokens} tokens, all at once. As a result, the scores of every token written.
         */
        DECODE
    }

    /** The optimizer of the inner loop. */
    public enum Optimizer {
        /** As pytorch_peer.py has it: β = (0.9, 0.95), ε = 1e-8 outside the root, weight decay 0.01. */
        ADAMW,
        /** Without weight decay. */
        SGD
    }

    /** The type of the model's matrices. */
    public enum Weights {
        /** As all else. */
        FLOAT32,
        /** The upper halves of floats, whose lower halves are zeros. */
        BFLOAT16
    }

    /** @return the model that {@link #config} describes, or that of {@link #base} */
    @SuppressWarnings("unchecked")
    Model model() throws IOException {
        Map<String, Object> content = (Map<String, Object>) config.plain();
        if (!base.isEmpty()) {
            try (ModelFiles files = ModelFiles.open(Path.of(base))) {
                content = files.config();
            }
        }
        ModelType type = MODELS.get(content.get("model_type"));
        if (type == null) {
            throw new IllegalArgumentException("no model " + content.get("model_type") + " here, only " + MODELS.keySet());
        }
        return type.create(content);
    }
}
