package org.perk4j.optimizer.adafactor;

import org.perk4j.plugin.Option;

/** The options of Adafactor; the defaults are PyTorch's in single precision. */
public record AdafactorOptions(
        @Option(help = "how fast second moments forget: step t takes the share t^decay of the new ones; below 0",
                value = "-0.8") double decay,
        @Option(help = "keeps the divisor from zero: the smallest root of a second moment", value = "1.1920929e-7")
        double epsilon,
        @Option(help = "the smallest scale of a parameter: a step moves it by its root mean square times the learning "
                + "rate, but by no less than this", value = "1e-3") double smallestScale,
        @Option(help = "a direction is shortened to this root mean square if it is longer", value = "1") double clip,
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0")
        double weightDecay) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public AdafactorOptions {
        require(decay < 0, "decay must be below 0");
        require(epsilon > 0, "epsilon must be above 0");
        require(smallestScale > 0, "smallestScale must be above 0");
        require(clip > 0, "clip must be above 0");
        require(weightDecay >= 0, "weightDecay must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
