package org.perk4j.objective.reptile;

import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.plugin.Option;

/** The options of Reptile. */
public record ReptileOptions(
        @Option(help = LoopOptions.STEPS, value = "4") int steps,
        @Option(help = "learning rate of the inner steps, which is not learned", value = "5e-5") double learningRate,
        @Option(help = "whether the inner steps of training see the answers beside the context, as they see all of a task "
                + "in the paper; without, only reading is learned", value = "true") boolean answers,
        @Option(help = LoopOptions.MEAN, value = "tokens") Mean mean,
        @Option(help = LoopOptions.BOUND, value = "0") double bound,
        @Option(help = LoopOptions.MICRO_BATCH_TOKENS, value = "1024") int microBatchTokens,
        @Option(help = LoopOptions.SEED, value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public ReptileOptions {
        new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
        require(learningRate > 0, "learningRate must be above 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    LoopOptions loop() {
        return new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
    }
}
