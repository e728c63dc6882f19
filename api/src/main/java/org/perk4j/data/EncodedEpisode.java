package org.perk4j.data;

import java.util.List;

/**
 * An episode as tokens.
 *
 * @param key      identifies the episode among all of a training run; random draws depend on it
 * @param segments the context
 * @param answers  the questions as prompts, which aren't scored, each followed by its answer
 */
public record EncodedEpisode(long key, List<EncodedText> segments, List<EncodedText> answers) {
}
