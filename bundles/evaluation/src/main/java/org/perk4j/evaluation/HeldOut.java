package org.perk4j.evaluation;

import org.perk4j.plugin.Option;

/** A text that tells what memories make a base forget: the keys of {@code heldOut} in an {@link EvaluateJob}. */
public record HeldOut(
        @Option(help = "a UTF-8 text file that has nothing to do with the contexts, whose perplexity is measured with each "
                + "memory and without; empty to leave that out", value = "", file = Option.File.READ) String text,
        @Option(help = "tokens of it that are read, from its beginning", value = "2048") int tokens,
        @Option(help = "tokens of it that are read at once", value = "512") int window) {

    /** None. */
    public static final HeldOut NONE = new HeldOut("", 2048, 512);

    /** @throws IllegalArgumentException naming the key that is out of range */
    public HeldOut {
        if (tokens < 2) {
            throw new IllegalArgumentException("tokens: must be at least 2");
        }
        if (window < 2) {
            throw new IllegalArgumentException("window: must be at least 2");
        }
    }
}
