package org.perk4j.data;

/**
 * A text that has nothing to do with an episode's context: what the base says about it is to stay as it is.
 *
 * @param tokens its tokens, at least one; not to be modified
 * @param weight the weight of its loss beside that of the answers, above 0
 */
public record RetainedText(int[] tokens, double weight) {

    /** @throws IllegalArgumentException if there are no tokens, or the weight is out of range */
    public RetainedText {
        if (tokens.length == 0 || !(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(tokens.length + " tokens of weight " + weight);
        }
    }
}
