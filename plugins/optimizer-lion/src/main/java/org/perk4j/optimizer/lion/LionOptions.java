package org.perk4j.optimizer.lion;

import org.perk4j.plugin.Option;

/** The options of Lion. */
public record LionOptions(
        @Option(help = "how much of the momentum goes into the direction, the rest is the gradient; from 0 to below 1",
                value = "0.9") double beta1,
        @Option(help = "how much of the momentum is kept from step to step, from 0 to below 1", value = "0.99") double beta2,
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0")
        double weightDecay) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LionOptions {
        require(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1");
        require(weightDecay >= 0, "weightDecay must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
