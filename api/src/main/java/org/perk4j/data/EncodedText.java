package org.perk4j.data;

/**
 * A text as tokens, with the part that is to be predicted.
 *
 * @param tokens   its tokens, at least one; not to be modified
 * @param unscored how many tokens at the beginning are given rather than predicted: a prefix or a prompt
 */
public record EncodedText(int[] tokens, int unscored) {

    /** @throws IllegalArgumentException if there are no tokens, or {@code unscored} is out of range */
    public EncodedText {
        if (tokens.length == 0 || unscored < 0 || unscored > tokens.length) {
            throw new IllegalArgumentException(tokens.length + " tokens, " + unscored + " of them unscored");
        }
    }

    /** @return how many tokens are to be predicted; the first token of a text never is */
    public int scored() {
        return tokens.length - Math.max(unscored, 1);
    }
}
