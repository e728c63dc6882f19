package org.perk4j.adapter.prompt;

import org.perk4j.plugin.Option;

/** The options of prompt tuning. */
public record PromptOptions(
        @Option(help = "how many virtual tokens come before each text", value = "16") int numVirtualTokens,
        @Option(help = "standard deviation of their initial embeddings; PEFT's is 1", value = "0.02")
        double standardDeviation) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public PromptOptions {
        if (!(numVirtualTokens >= 1)) {
            throw new IllegalArgumentException("numVirtualTokens must be at least 1");
        }
        if (!(standardDeviation > 0 && Double.isFinite(standardDeviation))) {
            throw new IllegalArgumentException("standardDeviation must be above 0 and finite");
        }
    }
}
