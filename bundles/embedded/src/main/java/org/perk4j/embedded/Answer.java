package org.perk4j.embedded;

/**
 * What the model wrote.
 *
 * @param text         without what separates it from the question
 * @param promptTokens that the model read of the question
 * @param tokens       that it wrote
 * @param end          why there are no more
 * @param probability  how sure the model was: the geometric mean of the probabilities that it gave the tokens
 */
public record Answer(String text, int promptTokens, int tokens, End end, double probability) {

    /** Why an answer ended. */
    public enum End {
        /** The model ended it, or it came to one of the query's stops. */
        COMPLETE,
        /** It has as many tokens as were asked for, or as the model can read. */
        LIMIT,
        /** Its reader wanted no more. */
        STOPPED
    }
}
