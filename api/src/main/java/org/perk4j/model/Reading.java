package org.perk4j.model;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.perk4j.tensor.Segments;

/**
 * The sequences of a batch that are read with the same weights; others of the batch may be read with different ones.
 *
 * @param sequences  the sequences' numbers in the batch, ascending; not to be modified
 * @param weights    the weights of the model for these sequences
 * @param adaptation the adaptation of their rows, as if they were alone
 */
public record Reading(int[] sequences, Parameters weights, Adaptation adaptation) {

    /** @return the numbers of their rows among those of the batch */
    public int[] rows(Segments all) {
        int[] ends = all.lengths().clone();
        Arrays.parallelPrefix(ends, Integer::sum);
        return Arrays.stream(sequences)
                .flatMap(sequence -> IntStream.range(ends[sequence] - all.lengths()[sequence], ends[sequence])).toArray();
    }

    /** @return their tokens */
    public Tokens of(Tokens all) {
        int[] rows = rows(all.segments());
        Segments own = new Segments(Arrays.stream(sequences).map(sequence -> all.segments().lengths()[sequence]).toArray());
        return new Tokens(Arrays.stream(rows).map(row -> all.ids()[row]).toArray(), own,
                Arrays.stream(rows).map(row -> all.positions()[row]).toArray());
    }

    /** @return their caches */
    public KeyValueCache of(KeyValueCache all) {
        return new KeyValueCache(all.keys(), all.values(),
                Arrays.stream(sequences).map(sequence -> all.starts()[sequence]).toArray(),
                Arrays.stream(sequences).map(sequence -> all.past()[sequence]).toArray());
    }
}
