package org.perk4j.optimizer.sgd;

import org.perk4j.plugin.Option;

/** The options of gradient descent, as in PyTorch. */
public record SgdOptions(
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0")
        double weightDecay,
        @Option(help = "how much of the last steps' direction is kept, from 0 to below 1", value = "0") double momentum,
        @Option(help = "look ahead along the momentum (Nesterov)", value = "false") boolean nesterov) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public SgdOptions {
        require(weightDecay >= 0, "weightDecay must be at least 0");
        require(momentum >= 0 && momentum < 1, "momentum must be at least 0 and below 1");
        require(!nesterov || momentum > 0, "nesterov needs a momentum above 0");
    }

    /** Makes options without momentum. */
    public SgdOptions(double weightDecay) {
        this(weightDecay, 0, false);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
