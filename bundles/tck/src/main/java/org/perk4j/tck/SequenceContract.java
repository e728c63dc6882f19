package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Layer;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Tensor;

/** What is computed of a sequence depends neither on its neighbours nor on how it is cut. */
abstract class SequenceContract {

    /** Tokens of a text that virtual ones stand for. */
    private static final int FIRST = 3;

    private SmallModel small;
    private double tolerance;
    private List<int[]> all;

    abstract ModelContract subject();

    @BeforeEach
    void open() throws IOException {
        small = subject().small(DType.FLOAT64);
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

    /** Two with the model's weights, one with others, with a cache and without. */
    @Test
    void sequencesWithWeightsOfTheirOwnAreAsReadAlone() {
        Compute compute = small.compute();
        Parameters others = small.weights().with(
                small.weights().tensors().stream().map(weight -> compute.affine(weight, 1.1, 0.01)).toList());
        List<Reading> readings = List.of(new Reading(new int[] {0, 2}, small.weights(), Adaptation.NONE),
                new Reading(new int[] {1}, others, Adaptation.NONE));
        double[] alone = IntStream.range(0, 3).boxed().flatMapToDouble(i -> Arrays.stream(compute.download(small.model()
                .hidden(compute, i == 1 ? others : small.weights(), Tokens.of(List.of(all.get(i))), Adaptation.NONE))))
                .toArray();
        assertClose(alone, compute.download(small.model().hidden(compute, readings, Tokens.of(all), null)), tolerance);
        assertClose(alone, compute.download(
                small.model().hidden(compute, readings, Tokens.of(all), small.emptyCache(3, 12))), tolerance);
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

    /** Virtual tokens with the keys and values of a text's first tokens are to the others what these are. */
    @Test
    void virtualTokensAreAsTokensWithTheirKeysAndValues() {
        Model model = small.model();
        assumeTrue(model.readsVirtualTokens(), "the model reads no virtual tokens");
        List<int[]> texts = List.of(all.get(2), Arrays.copyOf(all.get(2), 5));
        KeyValueCache first = small.emptyCache(1, FIRST);
        model.hidden(small.compute(), small.weights(), Tokens.of(List.of(Arrays.copyOf(texts.get(0), FIRST))),
                Adaptation.NONE, first);
        Adaptation behind = new Behind(first);
        Tokens rest = Tokens.of(texts.stream().map(text -> Arrays.copyOfRange(text, FIRST, text.length)).toList());
        double[] expected = texts.stream().map(text -> hidden(Tokens.of(List.of(text)))).flatMapToDouble(
                rows -> Arrays.stream(rows).skip((long) FIRST * model.size().width())).toArray();
        assertClose(expected, small.compute().download(
                model.hidden(small.compute(), small.weights(), rest, behind)), tolerance);

        KeyValueCache cache = small.emptyCache(2, 12);
        model.begin(small.compute(), small.weights(), behind, cache);
        Arrays.fill(cache.past(), FIRST);
        Tokens moved = new Tokens(rest.ids(), rest.segments(),
                Arrays.stream(rest.positions()).map(position -> FIRST + position).toArray());
        assertClose(expected, small.compute().download(
                model.hidden(small.compute(), small.weights(), moved, behind, cache)), tolerance);
    }

    /** Changes no layer; what a cache holds comes before each text. */
    private record Behind(KeyValueCache cache) implements Adaptation {

        @Override
        public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
            return base.of(ops, input);
        }

        @Override
        public Optional<VirtualTokens> virtualTokens() {
            return Optional.of(new VirtualTokens.Attended() {

                @Override
                public int count() {
                    return FIRST;
                }

                @Override
                public Tensor keysAndValues(Ops ops, int layer) {
                    return ops.concatenateColumns(cache.keys().get(layer), cache.values().get(layer));
                }
            });
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
