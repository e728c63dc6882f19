package org.perk4j.objective.perk;

import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.plugin.Option;

/** The options of PERK's objective; the defaults are those of the official code. */
public record PerkOptions(
        @Option(help = LoopOptions.STEPS, value = "4") int steps,
        @Option(help = "how many of the last steps are differentiated through (T): steps = exact, 0 = first order; "
                + "-1 for all", value = "-1") int unroll,
        @Option(help = "initial learning rate of everything in every step", value = "5e-5") double learningRate,
        @Option(help = "what learns a learning rate of its own: each tensor in each step (tensor), all tensors of a layer "
                + "in each step (layer), or each element, the same in all steps (element, Meta-SGD)", value = "tensor")
        Rates.Per rates,
        @Option(help = "learn how much each token of the context matters", value = "true") boolean tokenWeighting,
        @Option(help = "hidden units of the token weighting network", value = "128") int weightingUnits,
        @Option(help = "scale the weights of each segment so that they sum to its token count", value = "false")
        boolean normalizeWeights,
        @Option(help = LoopOptions.MEAN, value = "tokens") Mean mean,
        @Option(help = LoopOptions.BOUND, value = "0") double bound,
        @Option(help = LoopOptions.MICRO_BATCH_TOKENS, value = "1024") int microBatchTokens,
        @Option(help = "megabytes of products that meta-training may keep of its steps instead of computing them twice: "
                + "less time, more memory; 0 keeps none", value = "0") int keepMegabytes,
        @Option(help = "megabytes of further products that meta-training may keep in a temporary file: less time where the "
                + "disk is fast and the model not small; each step of training writes and reads them once", value = "0")
        int keepOnDiskMegabytes,
        @Option(help = LoopOptions.SEED, value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public PerkOptions {
        new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
        require(unroll >= -1 && unroll <= steps, "unroll must be between 0 and steps, or -1 for all of them");
        require(weightingUnits >= 1, "weightingUnits must be at least 1");
        require(keepMegabytes >= 0, "keepMegabytes must not be negative");
        require(keepOnDiskMegabytes >= 0, "keepOnDiskMegabytes must not be negative");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    LoopOptions loop() {
        return new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
    }

    long keepBytes() {
        return (long) keepMegabytes << 20;
    }

    long keepOnDiskBytes() {
        return (long) keepOnDiskMegabytes << 20;
    }

    /** @return the number of steps differentiated through */
    int unrolled() {
        return unroll < 0 ? steps : unroll;
    }
}
