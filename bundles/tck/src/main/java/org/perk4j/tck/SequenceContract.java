package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Tensor;

/** What is computed of a sequence depends neither on its neighbours nor on how it is cut. */
abstract class SequenceContract {

    private SmallModel small;
    private double tolerance;
    private List<int[]> all;

    abstract ModelContract subject();

    @BeforeEach
    void open() throws IOException {
        small = SmallModel.open(subject()::type, subject().references().get(0), DType.FLOAT64);
        tolerance = Rounding.ofModel(small.model().size(), DType.FLOAT64, DType.FLOAT64);
        int vocabulary = small.model().size().vocabulary();
        all = Stream.of(new int[] {5, 17, 96, 0, 3, 44, 44}, new int[] {42},
                        new int[] {8, 30, 71, 2, 64, 11, 90, 13, 9, 1, 0, 5})
                .map(ids -> Arrays.stream(ids).map(id -> id % vocabulary).toArray()).toList();
    }

    @AfterEach
    void close() {
        small.close();
    }

    @Test
    void sequencesReadTogetherAreAsReadAlone() {
        double[] together = hidden(Tokens.of(all));
        double[] alone = all.stream().flatMapToDouble(s -> Arrays.stream(hidden(Tokens.of(List.of(s))))).toArray();
        assertClose(alone, together, tolerance);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void decodingWithCacheIsAsWithout(int atOnce) {
        List<int[]> sequences = List.of(all.get(0), all.get(2));
        int[] prompts = {2, 5};
        KeyValueCache cache = small.emptyCache(2, 12);
        double[][] decoded = new double[2][];
        for (int[] lengths = prompts; lengths != null; lengths = rest(sequences, cache.past(), atOnce)) {
            append(decoded, lengths, hiddenOfNext(sequences, lengths, cache));
            for (int s = 0; s < lengths.length; s++) {
                cache.past()[s] += lengths[s];
            }
        }
        for (int s = 0; s < 2; s++) {
            int[] read = Arrays.copyOf(sequences.get(s), cache.past()[s]);
            assertClose(hidden(Tokens.of(List.of(read))), decoded[s], tolerance);
        }
        assertEquals(atOnce == 1 ? 7 : 5, cache.past()[0], "tokens read of the shorter sequence");
    }

    /** @return how many tokens of each sequence come next; null if one has too few left */
    private static int[] rest(List<int[]> sequences, int[] past, int atOnce) {
        boolean enough = IntStream.range(0, past.length).allMatch(s -> past[s] + atOnce <= sequences.get(s).length);
        return enough ? IntStream.generate(() -> atOnce).limit(past.length).toArray() : null;
    }

    private double[] hiddenOfNext(List<int[]> sequences, int[] lengths, KeyValueCache cache) {
        int[] past = cache.past();
        int[] ids = IntStream.range(0, lengths.length).flatMap(s -> Arrays.stream(sequences.get(s), past[s],
                past[s] + lengths[s])).toArray();
        int[] positions = IntStream.range(0, lengths.length).flatMap(s -> IntStream.range(past[s], past[s] + lengths[s]))
                .toArray();
        Tensor hidden = small.model().hidden(small.compute(), small.weights(),
                new Tokens(ids, new Segments(lengths), positions), Adaptation.NONE, cache);
        return small.compute().download(hidden);
    }

    private void append(double[][] decoded, int[] lengths, double[] hidden) {
        int width = small.model().size().width();
        int from = 0;
        for (int s = 0; s < lengths.length; s++) {
            double[] before = decoded[s] == null ? new double[0] : decoded[s];
            decoded[s] = Arrays.copyOf(before, before.length + lengths[s] * width);
            System.arraycopy(hidden, from, decoded[s], before.length, lengths[s] * width);
            from += lengths[s] * width;
        }
    }

    @Test
    void tokensOutOfRangeAreRefused() {
        int vocabulary = small.model().size().vocabulary();
        assertThrows(IllegalArgumentException.class, () -> hidden(Tokens.of(List.of(new int[] {1, vocabulary}))));
        assertThrows(IllegalArgumentException.class, () -> hidden(Tokens.of(List.of(new int[] {-1}))));
    }

    @Test
    void sequencesThatAreTooLongAreRefused() {
        int positions = small.model().size().positions();
        assertThrows(IllegalArgumentException.class, () -> hidden(Tokens.of(List.of(new int[positions + 1]))));
    }

    private double[] hidden(Tokens tokens) {
        return small.compute().download(
                small.model().hidden(small.compute(), small.weights(), tokens, Adaptation.NONE));
    }
}
