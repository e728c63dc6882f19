package org.perk4j.embedded;

import java.util.List;
import java.util.Optional;
import org.perk4j.memory.Memory;

/**
 * A question with the settings for its answer. Made by {@link #of} and the methods that change one component.
 *
 * @param memory      the memory to answer from; empty for the base alone
 * @param before      the conversation before the question, the oldest turn first
 * @param question    the question, in plain text
 * @param tokens      the most tokens to generate
 * @param temperature 0 always takes the likeliest token; 1 samples from the model's own distribution
 * @param topP        samples only from the likeliest tokens that together have this probability
 * @param seed        the seed of the sampling
 * @param stops       texts that end the answer; they are not part of it
 */
public record Query(Optional<Memory> memory, List<Turn> before, String question, int tokens, double temperature, double topP,
                    long seed, List<String> stops) {

    private static final int USUAL_TOKENS = 256;

    /**
     * An earlier question with its answer.
     *
     * @param question the question, in plain text
     * @param answer   the answer, as the model generated it
     */
    public record Turn(String question, String answer) {
    }

    /** Copies the lists. Values out of range are refused only when the question is asked. */
    public Query {
        before = List.copyOf(before);
        stops = List.copyOf(stops);
    }

    /** @return a question to a memory, for the likeliest answer of at most 256 tokens */
    public static Query of(Memory memory, String question) {
        return of(Optional.of(memory), question);
    }

    /** @return a question to the base alone */
    public static Query of(String question) {
        return of(Optional.empty(), question);
    }

    private static Query of(Optional<Memory> memory, String question) {
        return new Query(memory, List.of(), question, USUAL_TOKENS, 0, 1, 0, List.of());
    }

    /** @return the same question after these turns of a conversation */
    public Query after(List<Turn> turns) {
        return new Query(memory, turns, question, tokens, temperature, topP, seed, stops);
    }

    /** @return the same question for an answer of at most this number of tokens */
    public Query tokens(int most) {
        return new Query(memory, before, question, most, temperature, topP, seed, stops);
    }

    /** @return the same question for a sampled answer, with these three components of {@link Query} */
    public Query drawn(double newTemperature, double newTopP, long newSeed) {
        return new Query(memory, before, question, tokens, newTemperature, newTopP, newSeed, stops);
    }

    /** @return the same question for an answer that ends before any of these texts */
    public Query stops(List<String> texts) {
        return new Query(memory, before, question, tokens, temperature, topP, seed, texts);
    }
}
