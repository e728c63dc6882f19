package org.perk4j.optimizer.adamw;

import org.perk4j.plugin.Option;

/** The options of AdamW. */
public record AdamWOptions(
        @Option(help = "how much of the mean gradient is kept from step to step, from 0 to below 1", value = "0.9")
        double beta1,
        @Option(help = "how much of the mean squared gradient is kept from step to step, from 0 to below 1",
                value = "0.95") double beta2,
        @Option(help = "keeps the divisor from zero", value = "1e-8") double epsilon,
        @Option(help = "add epsilon to the mean square instead of its root: derivatives through a step then stay below "
                + "1/√epsilon instead of 1/epsilon", value = "false") boolean epsilonInsideRoot,
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0.01")
        double weightDecay) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public AdamWOptions {
        require(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1");
        require(epsilon > 0, "epsilon must be above 0");
        require(weightDecay >= 0, "weightDecay must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
