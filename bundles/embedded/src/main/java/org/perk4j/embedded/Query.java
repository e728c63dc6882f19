package org.perk4j.embedded;

import java.util.List;
import java.util.Optional;
import org.perk4j.memory.Memory;

/**
 * A question, and how its answer is to be written. {@link #of} and the methods that change one component make them.
 *
 * @param memory      that it is answered from; empty for what the base knows by itself
 * @param before      the conversation that the question goes on with, the oldest turn first
 * @param question    in plain text
 * @param tokens      the most that are written
 * @param temperature 0 always takes the likeliest token; 1 draws from the model's own distribution
 * @param topP        draws only among the likeliest tokens that together have this probability
 * @param seed        of the draws
 * @param stops       texts that end the answer, and don't belong to it
 */
public record Query(Optional<Memory> memory, List<Turn> before, String question, int tokens, double temperature, double topP,
                    long seed, List<String> stops) {

    private static final int USUAL_TOKENS = 256;

    /**
     * A question that was answered.
     *
     * @param question in plain text
     * @param answer   as the model wrote it
     */
    public record Turn(String question, String answer) {
    }

    /** Copies the lists. What is out of range is refused when it is asked. */
    public Query {
        before = List.copyOf(before);
        stops = List.copyOf(stops);
    }

    /** @return a question that a memory is asked: the likeliest answer, of 256 tokens at most */
    public static Query of(Memory memory, String question) {
        return of(Optional.of(memory), question);
    }

    /** @return a question that the base is asked by itself */
    public static Query of(String question) {
        return of(Optional.empty(), question);
    }

    private static Query of(Optional<Memory> memory, String question) {
        return new Query(memory, List.of(), question, USUAL_TOKENS, 0, 1, 0, List.of());
    }

    /** @return the same question, later in a conversation */
    public Query after(List<Turn> turns) {
        return new Query(memory, turns, question, tokens, temperature, topP, seed, stops);
    }

    /** @return the same question for an answer of so many tokens at most */
    public Query tokens(int most) {
        return new Query(memory, before, question, most, temperature, topP, seed, stops);
    }

    /** @return the same question for an answer that is drawn, as {@link Query} says of the three */
    public Query drawn(double newTemperature, double newTopP, long newSeed) {
        return new Query(memory, before, question, tokens, newTemperature, newTopP, newSeed, stops);
    }

    /** @return the same question for an answer that ends where one of these texts would begin */
    public Query stops(List<String> texts) {
        return new Query(memory, before, question, tokens, temperature, topP, seed, texts);
    }
}
