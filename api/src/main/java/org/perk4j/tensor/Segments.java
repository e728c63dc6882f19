package org.perk4j.tensor;

import java.util.Arrays;

/**
 * How the rows of a tensor are divided into token sequences: segment {@code s} has the next {@code lengths[s]} rows.
 * Sequences of different lengths are concatenated without padding; attention never crosses from one to another.
 *
 * @param lengths the number of rows of each segment, each at least 1; not to be modified
 */
public record Segments(int... lengths) {

    /** @throws IllegalArgumentException if a segment is empty */
    public Segments {
        for (int length : lengths) {
            if (length < 1) {
                throw new IllegalArgumentException("empty segment in " + Arrays.toString(lengths));
            }
        }
    }

    /** @return the number of segments */
    public int count() {
        return lengths.length;
    }

    /** @return the number of rows of all segments together */
    public int rows() {
        return Math.toIntExact(Arrays.stream(lengths).asLongStream().sum());
    }

    /** @return for each row, its position within its segment, from 0 */
    public int[] positions() {
        int[] positions = new int[rows()];
        int row = 0;
        for (int length : lengths) {
            for (int i = 0; i < length; i++) {
                positions[row++] = i;
            }
        }
        return positions;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Segments that && Arrays.equals(lengths, that.lengths);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(lengths);
    }

    @Override
    public String toString() {
        return "Segments" + Arrays.toString(lengths);
    }
}
