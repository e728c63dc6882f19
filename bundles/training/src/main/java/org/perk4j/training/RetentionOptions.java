package org.perk4j.training;

import org.perk4j.plugin.Option;

/** What a training does against forgetting: the keys of {@code retention} in a {@link TrainJob}. */
public record RetentionOptions(
        @Option(help = "a UTF-8 text file like what the base is to go on knowing, unrelated to the contexts; empty for none",
                value = "", file = Option.File.READ) String text,
        @Option(help = "tokens of it that are read with each episode", value = "64") int tokens,
        @Option(help = "the weight of a nat of divergence from the base beside a nat of the answers' loss", value = "1")
        double weight) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public RetentionOptions {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be at least 1");
        }
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("weight must be above 0; leave text empty for no retention");
        }
    }
}
