package org.perk4j.evaluation;

import org.perk4j.plugin.Option;

/** What an adapter is compared with, by the same questions: the keys of {@code baselines} in an {@link EvaluateJob}. */
public record Baselines(
        @Option(help = "also ask the base model with the whole context in its prompt, in its chat template if it has one",
                value = "false") boolean zeroShot,
        @Option(help = "also ask the base model with so many pieces of the context in its prompt, in its chat template if "
                + "it has one: those that a search finds for the question (BM25); 0 leaves that out", value = "0")
        int retrieved,
        @Option(help = "also train a fresh adapter of the type and shape of the job's adapter on each context, without "
                + "anything learned, and ask as zeroShot does, without the context", value = "{}") FineTuning fineTuning,
        @Option(help = "folder of another trained adapter to answer from, as of all weights (RECKONING); empty to leave "
                + "that out", value = "", file = Option.File.READ) String reckoning) {

    /** None of them. */
    public static final Baselines NONE = new Baselines(false, 0, FineTuning.NONE, "");

    /** @throws IllegalArgumentException naming the key that is out of range */
    public Baselines {
        if (retrieved < 0) {
            throw new IllegalArgumentException("retrieved: must not be negative");
        }
    }

    /** @return whether there is at least one */
    boolean isAny() {
        return zeroShot || retrieved > 0 || fineTuning.steps() > 0 || !reckoning.isEmpty();
    }
}
