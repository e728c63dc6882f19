package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Segments;

/**
 * The token sequences that a model reads at once, concatenated.
 *
 * @param ids       the tokens of all segments, in order; not to be modified
 * @param segments  how they are divided into sequences
 * @param positions the position of each token in its sequence; differs from {@code segments.positions()} when the
 *                  sequences continue what a cache holds
 */
public record Tokens(int[] ids, Segments segments, int[] positions) {

    /** @throws IllegalArgumentException if the lengths disagree */
    public Tokens {
        if (ids.length != segments.rows() || positions.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " tokens, " + positions.length + " positions, "
                    + segments.rows() + " rows");
        }
    }

    /** @return the given sequences, each starting at position 0; each must have at least one token */
    public static Tokens of(List<int[]> sequences) {
        Segments segments = new Segments(sequences.stream().mapToInt(s -> s.length).toArray());
        int[] ids = sequences.stream().flatMapToInt(java.util.Arrays::stream).toArray();
        return new Tokens(ids, segments, segments.positions());
    }
}
