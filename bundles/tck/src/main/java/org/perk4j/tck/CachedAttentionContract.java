package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Sequences that are fed in pieces get the same attention as whole ones. */
abstract class CachedAttentionContract {

    private static final double UNTOUCHED = 77;

    /** Rows of the cache that are nobody's. */
    private static final int BETWEEN = 3;

    abstract Backend backend();

    /**
     * A batch of sequences.
     *
     * @param fed for each call, how many rows it brings of each sequence, at least 1
     */
    private record Batch(String name, AttentionSpec spec, int capacity, List<int[]> fed) {

        Batch(String name, Heads heads, int capacity, List<int[]> fed) {
            this(name, new AttentionSpec(heads), capacity, fed);
        }

        Heads heads() {
            return spec.heads();
        }

        int sequences() {
            return fed.get(0).length;
        }

        /** Rows of each sequence after a number of calls. */
        int[] after(int calls) {
            return IntStream.range(0, sequences()).map(s -> fed.stream().limit(calls).mapToInt(f -> f[s]).sum()).toArray();
        }

        /** The sequences stand in the cache in the order of their numbers backwards, some rows from its beginning. */
        int[] starts() {
            return IntStream.range(0, sequences()).map(s -> BETWEEN + (sequences() - 1 - s) * capacity).toArray();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> batches() {
        List<int[]> single = Stream.generate(() -> new int[] {1}).limit(9).toList();
        return Stream.of(
                new Batch("row by row", new Heads(2, 2, 4), 9, single),
                new Batch("at once", new Heads(3, 1, 5), 12, List.of(new int[] {12})),
                new Batch("prefilled, ragged", new Heads(6, 2, 6), 20, List.of(new int[] {7, 1, 12}, new int[] {1, 1, 1},
                        new int[] {1, 3, 2}, new int[] {1, 1, 1})),
                new Batch("row by row through a window", new AttentionSpec(new Heads(2, 1, 4)).within(3), 9, single),
                new Batch("prefilled, ragged, through a window, capped",
                        new AttentionSpec(new Heads(6, 2, 6)).within(5).capped(1.1).scaled(0.6), 20, List.of(
                        new int[] {7, 1, 12}, new int[] {1, 1, 1}, new int[] {1, 3, 2}, new int[] {1, 1, 1})),
                new Batch("long, through a window", new AttentionSpec(new Heads(4, 2, 16)).within(70), 300, List.of(
                        new int[] {257, 31}, new int[] {1, 1}, new int[] {2, 33})),
                new Batch("long", new Heads(4, 2, 16), 300,
                        List.of(new int[] {257, 31}, new int[] {1, 1}, new int[] {2, 33})))
                .flatMap(b -> Arrays.stream(DType.values()).map(t -> Arguments.of(t, b)));
    }

    @ParameterizedTest
    @MethodSource("batches")
    void equalsAttentionOverTheWhole(DType dtype, Batch batch) {
        Heads heads = batch.heads();
        int columns = heads.packedColumns();
        int[] lengths = batch.after(batch.fed.size());
        double[][] rows = new double[batch.sequences()][];
        SplittableRandom random = new SplittableRandom(11);
        for (int s = 0; s < rows.length; s++) {
            rows[s] = Sample.ORDINARY.draw(random, (long) lengths[s] * columns);
        }
        Shape cache = new Shape(batch.sequences() * batch.capacity + BETWEEN, heads.keyValueColumns());
        try (Compute compute = backend().open(dtype)) {
            double[][] expected = split(compute.download(compute.attention(
                    packed(compute, rows, new int[rows.length], lengths, columns), batch.spec, new Segments(lengths))),
                    lengths, heads.queryColumns());
            Tensor keys = compute.fill(cache, UNTOUCHED);
            Tensor values = compute.fill(cache, UNTOUCHED);
            for (int call = 0; call < batch.fed.size(); call++) {
                int[] past = batch.after(call);
                int[] fed = batch.fed.get(call);
                double[][] actual = split(compute.download(compute.cachedAttention(
                        packed(compute, rows, past, fed, columns), batch.spec, new Segments(fed), keys, values,
                        batch.starts(), past)), fed, heads.queryColumns());
                for (int s = 0; s < rows.length; s++) {
                    assertArrayEquals(slice(expected[s], past[s], fed[s], heads.queryColumns()), actual[s],
                            Rounding.ofSums(Math.max(lengths[s], heads.size()), dtype, dtype),
                            "call " + call + ", sequence " + s);
                }
            }
            assertCached(batch, rows, compute.download(keys), heads.queryColumns());
            assertCached(batch, rows, compute.download(values), heads.queryColumns() + heads.keyValueColumns());
        }
    }

    private static void assertCached(Batch batch, double[][] rows, double[] cache, int from) {
        int columns = batch.heads().keyValueColumns();
        int[] lengths = batch.after(batch.fed.size());
        assertEquals(UNTOUCHED, cache[0], "before the first sequence");
        for (int s = 0; s < rows.length; s++) {
            for (int i = 0; i < batch.capacity; i++) {
                int at = (batch.starts()[s] + i) * columns;
                double expected = i < lengths[s] ? rows[s][i * batch.heads().packedColumns() + from] : UNTOUCHED;
                assertEquals(expected, cache[at], "sequence " + s + ", row " + i);
            }
        }
    }

    /** Of each sequence the {@code counts} rows from {@code starts} on, one sequence behind another. */
    private static Tensor packed(Compute compute, double[][] rows, int[] starts, int[] counts, int columns) {
        double[] elements = IntStream.range(0, rows.length).boxed()
                .flatMapToDouble(s -> Arrays.stream(slice(rows[s], starts[s], counts[s], columns))).toArray();
        return compute.constant(new Shape(elements.length / columns, columns), elements);
    }

    private static double[][] split(double[] rows, int[] lengths, int columns) {
        double[][] parts = new double[lengths.length][];
        int first = 0;
        for (int s = 0; s < lengths.length; s++) {
            parts[s] = slice(rows, first, lengths[s], columns);
            first += lengths[s];
        }
        return parts;
    }

    private static double[] slice(double[] rows, int first, int count, int columns) {
        return Arrays.copyOfRange(rows, first * columns, (first + count) * columns);
    }
}
