package org.perk4j.model;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.perk4j.tensor.Segments;

/**
 * Sequences that are read with the same weights, among others that are read at once with theirs.
 *
 * @param sequences  their numbers among all, ascending; not to be modified
 * @param weights    of the model
 * @param adaptation of their rows, numbered as if they were alone
 */
public record Reading(int[] sequences, Parameters weights, Adaptation adaptation) {

    /** @return the numbers of their rows among those of all sequences */
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
