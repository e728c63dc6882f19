package ${package};

import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ${className}Options(
        @Option(help = LoopOptions.STEPS, value = "2") int steps,
        @Option(help = "learning rate of these steps", value = "0.01") double learningRate,
        @Option(help = LoopOptions.BOUND, value = "0") double bound,
        @Option(help = LoopOptions.MICRO_BATCH_TOKENS, value = "4096") int microBatchTokens) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ${className}Options {
        new LoopOptions(steps, bound, 0, Mean.ROOT_SEGMENTS, microBatchTokens, 0);
        if (!(learningRate > 0)) {
            throw new IllegalArgumentException("learningRate must be above 0");
        }
    }

    LoopOptions loop() {
        return new LoopOptions(steps, bound, 0, Mean.ROOT_SEGMENTS, microBatchTokens, 0);
    }
}
