package org.perk4j.optimizer.sgd;

import org.perk4j.plugin.Option;

/** The options of gradient descent. */
public record SgdOptions(
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0")
        double weightDecay) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public SgdOptions {
        if (!(weightDecay >= 0)) {
            throw new IllegalArgumentException("weightDecay must be at least 0");
        }
    }
}
