package org.perk4j.training;

import org.perk4j.plugin.Option;

/** When and on what a run is validated. */
public record ValidationOptions(
        @Option(help = "steps from one validation to the next", value = "50") int every,
        @Option(help = "episodes, or sequences of text, to average the loss over; all that there are, if those are fewer",
                value = "16") int episodes,
        @Option(help = "how many of these episodes' questions are answered for the exact match; 0 for none", value = "16")
        int answers,
        @Option(help = "the most tokens of such an answer", value = "32") int answerTokens,
        @Option(help = "stop after so many validations without a lower loss, in the last stage; 0 never stops early",
                value = "0") int patience) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public ValidationOptions {
        if (every < 1 || episodes < 1 || answers < 0 || answerTokens < 1 || patience < 0) {
            throw new IllegalArgumentException(
                    "every, episodes and answerTokens must be at least 1, answers and patience at least 0");
        }
    }
}
