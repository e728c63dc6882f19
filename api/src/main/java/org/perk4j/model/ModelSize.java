package org.perk4j.model;

/**
 * The sizes of a model.
 *
 * @param vocabulary number of tokens
 * @param width      columns of the hidden states
 * @param layers     number of blocks
 * @param positions  the longest sequence it can read, in tokens
 */
public record ModelSize(int vocabulary, int width, int layers, int positions) {

    /** @throws IllegalArgumentException if a token is not in the vocabulary, or a position is beyond the longest sequence */
    public void requireReadable(Tokens tokens) {
        requireBelow(vocabulary, tokens.ids(), "token");
        requireBelow(positions, tokens.positions(), "position");
    }

    private static void requireBelow(int limit, int[] numbers, String what) {
        for (int number : numbers) {
            if (number < 0 || number >= limit) {
                throw new IllegalArgumentException(what + " " + number + " is out of range: the model has " + limit);
            }
        }
    }
}
