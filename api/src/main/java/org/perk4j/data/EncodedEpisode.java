package org.perk4j.data;

import java.util.List;
import java.util.Optional;

/**
 * An episode as tokens.
 *
 * @param key      identifies the episode among all of a training run; random draws depend on it
 * @param segments the context
 * @param answers  the questions as prompts, which aren't scored, each followed by its answer
 * @param retained a text that the base is not to forget with the context encoded; empty for none
 */
public record EncodedEpisode(long key, List<EncodedText> segments, List<EncodedText> answers,
                             Optional<RetainedText> retained) {

    /** Makes an episode without a text to be retained. */
    public EncodedEpisode(long key, List<EncodedText> segments, List<EncodedText> answers) {
        this(key, segments, answers, Optional.empty());
    }

    /** @return this episode with a text to be retained */
    public EncodedEpisode with(RetainedText text) {
        return new EncodedEpisode(key, segments, answers, Optional.of(text));
    }
}
