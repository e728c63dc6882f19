package org.perk4j.objective.reptile;

import org.perk4j.innerloop.Mean;
import org.perk4j.plugin.Option;

/** The options of Reptile. */
public record ReptileOptions(
        @Option(help = "gradient steps that encode a context (N)", value = "4") int steps,
        @Option(help = "learning rate of the inner steps, which is not learned", value = "5e-5") double learningRate,
        @Option(help = "whether the inner steps of training see the answers beside the context, as they see all of a task "
                + "in the paper; without, only reading is learned", value = "true") boolean answers,
        @Option(help = "what the context loss is divided by: the context's tokens, segments, the segments' square root "
                + "(root_segments), or nothing (none)", value = "tokens") Mean mean,
        @Option(help = "how far a step may move a tensor at most, as the root mean square over its elements: longer steps "
                + "are shortened smoothly; 0 for any length", value = "0") double bound,
        @Option(help = "tokens of context and questions that are read at once, at least one segment: more is faster, "
                + "less takes less memory", value = "1024") int microBatchTokens,
        @Option(help = "seed of dropout", value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public ReptileOptions {
        require(steps >= 1, "steps must be at least 1");
        require(bound >= 0 && bound < Double.POSITIVE_INFINITY, "bound must be a number that is not negative");
        require(microBatchTokens >= 1, "microBatchTokens must be at least 1");
        require(learningRate > 0, "learningRate must be above 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
