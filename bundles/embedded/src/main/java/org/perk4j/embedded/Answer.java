package org.perk4j.embedded;

/**
 * A generated answer.
 *
 * @param text         without the white space that separates it from the question
 * @param promptTokens the number of tokens of the prompt
 * @param tokens       the number of generated tokens
 * @param end          why it ended
 * @param probability  the geometric mean of the probabilities that the model gave the tokens, as a measure of its confidence
 */
public record Answer(String text, int promptTokens, int tokens, End end, double probability) {

    /** Why an answer ended. */
    public enum End {
        /** The model or one of the query's stops ended it. */
        COMPLETE,
        /** It reached the query's limit on its tokens, or the longest text that the model can read. */
        LIMIT,
        /** Its reader stopped it. */
        STOPPED
    }
}
