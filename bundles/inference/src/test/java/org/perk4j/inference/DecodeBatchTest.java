package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.adapter.prefix.Prefix;
import org.perk4j.adapter.prefix.PrefixOptions;
import org.perk4j.adapter.prompt.Prompt;
import org.perk4j.adapter.prompt.PromptOptions;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Who joins and leaves when is of no account to the others, and costs what it must. Counted and compared bit by bit. */
class DecodeBatchTest {

    private static final int VOCABULARY = 23;
    private static final int END = 22;
    private static final int POSITIONS = 2_200;
    private static final Decoding DRAWN = new Decoding(12, 1, 1, 7);

    private final Model model = new Gpt2().create(Map.of("vocab_size", (double) VOCABULARY, "n_positions",
            (double) POSITIONS, "n_embd", 16.0, "n_layer", 2.0, "n_head", 2.0, "initializer_range", 0.6));
    private final List<Tokens> forwards = new ArrayList<>();
    /** The scores of all tokens that were chosen, as one batch had them. */
    private final List<String> scores = new ArrayList<>();
    /** The keys and values, which nothing else is filled for. */
    private final Set<Tensor> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    private int moved;
    private final Compute java = new JavaCompute(DType.FLOAT64);
    private final Compute compute = (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(),
            new Class<?>[] {Compute.class}, (proxy, method, arguments) -> {
                Object result = method.invoke(java, arguments);
                if (method.getName().equals("fill")) {
                    caches.add((Tensor) result);
                } else if (method.getName().equals("gatherRows") && caches.contains(arguments[0])) {
                    caches.add((Tensor) result);
                    moved++;
                }
                return result;
            });
    private final Parameters weights = Drawn.of(compute, model.parameters(), 1);
    private final DecodeBatch batch = batch();

    private DecodeBatch batch() {
        return new DecodeBatch(compute, watched(), weights, Set.of(END));
    }

    private Model watched() {
        return (Model) Proxy.newProxyInstance(Model.class.getClassLoader(), new Class<?>[] {Model.class},
                (proxy, method, arguments) -> {
                    Object result = method.invoke(model, arguments);
                    if (method.getName().equals("hidden")) {
                        forwards.add((Tokens) arguments[2]);
                    } else if (method.getName().equals("logits")) {
                        double[] all = java.download((Tensor) result);
                        for (int i = 0; i < all.length; i += VOCABULARY) {
                            scores.add(Arrays.toString(Arrays.copyOfRange(all, i, i + VOCABULARY)));
                        }
                    }
                    return result;
                });
    }

    @AfterEach
    void close() {
        batch.close();
        compute.close();
    }

    /**
     * Memories of one kind, of others, with virtual tokens too, one that replaces weights, and none; prompts long and short,
     * some begin alike.
     */
    @Test
    void scoresDontDependOnWhoJoinsAndLeaves() {
        List<Adaptation> adaptations = List.of(Adaptation.NONE, lora(4, 2), lora(4, 3), new Doubling(), replacing(5),
                drawn(new Prefix().create(new PrefixOptions(5, 0.5), model), 6),
                drawn(new Prompt().create(new PromptOptions(40, 0.5), model), 7));
        int[] start = prompt(9, 200);
        List<int[]> prompts = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 30; i++) {
            int[] own = prompt(i, random.nextInt(1, i % 7 == 0 ? 1_200 : 40));
            prompts.add(i % 5 < 2 ? IntStream.concat(IntStream.of(start), IntStream.of(own)).limit(1_100).toArray() : own);
        }
        List<int[]> alone = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            try (DecodeBatch own = batch()) {
                Sequence sequence = own.join(prompts.get(i), adaptations.get(i / 2 % 7), DRAWN, i);
                finish(own);
                alone.add(sequence.written());
            }
        }
        Set<String> expected = new HashSet<>(scores);
        scores.clear();
        Map<Integer, Sequence> joined = new LinkedHashMap<>();
        int left = 0;
        boolean more = true;
        while (more || joined.size() < prompts.size()) {
            if (joined.size() < prompts.size() && random.nextInt(3) > 0) {
                int i = joined.size();
                joined.put(i, batch.join(prompts.get(i), adaptations.get(i / 2 % 7), DRAWN, i));
            }
            if (!joined.isEmpty() && random.nextInt(8) == 0) {
                Sequence gone = joined.get(joined.size() - 1);
                left += gone.isOpen() ? 1 : 0;
                batch.leave(gone);
            }
            more = batch.step();
        }
        assertTrue(left > 1, left + " have left");
        assertTrue(scores.size() > 200 && expected.containsAll(scores), "each token is chosen by the same bits");
        joined.forEach((i, sequence) -> assertArrayEquals(
                Arrays.copyOf(alone.get(i), sequence.written().length), sequence.written(), "prompt " + i));
        assertTrue(expected.size() > 300, "scores differ: " + expected.size());
    }

    @Test
    void whoJoinsIsReadBesideTheOthers() {
        Decoding ten = Decoding.greedy(10);
        batch.join(prompt(1, 20), Adaptation.NONE, ten);
        take(3);
        batch.join(prompt(2, 5), lora(4, 2), ten);
        batch.join(prompt(3, 1), replacing(3), ten);
        batch.join(prompt(4, 2), new Doubling(), ten);
        assertEquals(3, forwards.size());
        batch.step();
        assertEquals(1 + 5 + 1 + 2, forwards.get(3).ids().length);
        assertEquals(4, forwards.size(), "one forward for all");
        finish(batch);
        assertTrue(forwards.size() <= 3 + 10, forwards.size() + " forwards");
    }

    @Test
    void aLongPromptDoesNotKeepOthersWaiting() {
        Sequence shortOne = batch.join(prompt(1, 3), Adaptation.NONE, Decoding.greedy(8));
        take(1);
        batch.join(prompt(2, 2_000), Adaptation.NONE, Decoding.greedy(1));
        take(1);
        assertEquals(1_024, forwards.get(1).ids().length);
        assertEquals(2, shortOne.written().length);
        take(1);
        assertEquals(1 + 2_000 - 1_023, forwards.get(2).ids().length);
        assertFalse(forwards.get(2).segments().count() == 1);
    }

    @Test
    void leavingCopiesNothingAndItsRowsAreTakenByOthers() {
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sequences.add(batch.join(prompt(i, 40), Adaptation.NONE, DRAWN, i));
        }
        take(2);
        long bytes = java.memory().liveBytes();
        for (int i = 0; i < 3; i++) {
            batch.leave(sequences.get(i));
            take(1);
            sequences.add(batch.join(prompt(10 + i, 40), Adaptation.NONE, DRAWN, i));
            take(1);
        }
        assertEquals(0, moved);
        assertEquals(bytes, java.memory().liveBytes());
        batch.join(prompt(20, 60), Adaptation.NONE, DRAWN);
        take(1);
        assertEquals(2 * 2, moved, "keys and values of two layers are moved once");
    }

    @Test
    void whatPromptsBeginWithIsReadOnceAlsoAfterTheFirstHasLeft() {
        int[] start = prompt(1, 500);
        int[] first = Arrays.copyOf(start, 510);
        int[] second = Arrays.copyOf(start, 505);
        second[502] = 1;
        Sequence before = batch.join(first, Adaptation.NONE, Decoding.greedy(2));
        finish(batch);
        assertFalse(before.isOpen());
        int read = tokensRead();
        batch.join(second, Adaptation.NONE, Decoding.greedy(2));
        take(1);
        assertEquals(read + 505 - 502, tokensRead());
        assertEquals(0, moved, "it goes on in the same rows");
        batch.join(first, new Doubling(), Decoding.greedy(2));
        take(1);
        assertTrue(tokensRead() >= read + 3 + 510, "with another memory it is read anew");
    }

    @Test
    void whoBeginsAlikeWaitsUntilThatIsRead() {
        int[] start = prompt(1, 1_500);
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int[] prompt = Arrays.copyOf(start, 1_503);
            prompt[1_500] = i;
            sequences.add(batch.join(prompt, Adaptation.NONE, Decoding.greedy(3)));
        }
        finish(batch);
        assertTrue(tokensRead() <= 1_503 + 4 * 3 + 5 * 2, tokensRead() + " tokens read");
        assertTrue(sequences.stream().noneMatch(Sequence::isOpen));
    }

    /** The first leaves before it has read what the others were to have of it. */
    @Test
    void whoWaitedForOneThatLeavesReadsOnItsOwn() {
        int[] start = prompt(1, 1_500);
        Sequence first = batch.join(start, Adaptation.NONE, Decoding.greedy(3));
        Sequence second = batch.join(start, Adaptation.NONE, Decoding.greedy(3));
        take(1);
        batch.leave(first);
        finish(batch);
        assertTrue(second.written().length > 0);
        assertEquals(1_500 + second.written().length - (second.written().length == 3 ? 1 : 0), tokensRead());
    }

    @Test
    void moreThanThereIsRoomForWaitTheirTurn() {
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sequences.add(batch.join(prompt(i, i % 10 == 0 ? 2_000 : 3), Adaptation.NONE, Decoding.greedy(4)));
        }
        finish(batch);
        assertTrue(sequences.stream().noneMatch(Sequence::isOpen));
        assertTrue(forwards.stream().allMatch(tokens -> tokens.segments().count() <= 64 && tokens.ids().length <= 1_024));
    }

    /** Two of them fit; all eight would take a pool of 8,000 rows. */
    @Test
    void keysAndValuesTakeNoMoreThanTheyMay() {
        int most = 2_500;
        batch.limitCaches(most * CachePool.rowBytes(model));
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            sequences.add(batch.join(prompt(i, 1_000), Adaptation.NONE, Decoding.greedy(4)));
        }
        finish(batch);
        assertTrue(sequences.stream().noneMatch(Sequence::isOpen));
        assertTrue(caches.stream().allMatch(cache -> cache.shape().rows() <= most));
        batch.limitCaches(1); // then one after the other
        Sequence alone = batch.join(prompt(9, 1_000), Adaptation.NONE, Decoding.greedy(4));
        finish(batch);
        assertFalse(alone.isOpen());
    }

    @Test
    void adaptationsArePreparedOnlyWhenOneComes() {
        int[] prepared = {0};
        Adaptation counting = new Doubling() {
            @Override
            public RowAdaptations beside(Ops ops, List<Adaptation> all) {
                prepared[0]++;
                return super.beside(ops, all);
            }
        };
        batch.join(prompt(1, 3), counting, DRAWN);
        Sequence other = batch.join(prompt(2, 3), Adaptation.NONE, DRAWN);
        take(2);
        assertEquals(1, prepared[0]);
        batch.leave(other);
        take(1);
        batch.join(prompt(3, 3), Adaptation.NONE, DRAWN);
        take(2);
        assertEquals(1, prepared[0], "leaving and coming again");
        batch.join(prompt(4, 3), lora(4, 2), DRAWN);
        take(1);
        assertEquals(2, prepared[0]);
    }

    /** One whose memory is unsound says so; the others don't notice. */
    @Test
    void aFailureIsItsOwn() {
        Adaptation unsound = (ops, site, input, base) -> ops.scale(base.of(ops, input), Double.NaN);
        Sequence failing = batch.join(prompt(1, 40), unsound, DRAWN);
        Sequence sound = batch.join(prompt(2, 4), Adaptation.NONE, DRAWN);
        finish(batch);
        assertThrows(NotFiniteException.class, failing::written);
        int[] written = sound.written();
        Sequence again = batch.join(prompt(2, 4), Adaptation.NONE, DRAWN);
        finish(batch);
        assertArrayEquals(written, again.written());
    }

    /** Also where the factors of both lie side by side, of equal ranks or not. */
    @ParameterizedTest
    @CsvSource({"4, lora_A, NaN", "4, lora_B, NaN", "6, lora_A, Infinity", "6, lora_B, Infinity", "6, lora_B, 1e300"})
    void aMemoryThatIsNotFiniteFailsAlone(int rank, String factor, double value) {
        Adaptation sound = lora(4, 2);
        int[] alone = written(batch.join(prompt(2, 4), sound, DRAWN));
        Sequence failing = batch.join(prompt(1, 4), holding(rank, factor, value), DRAWN);
        Sequence beside = batch.join(prompt(2, 4), sound, DRAWN);
        assertArrayEquals(alone, written(beside));
        assertTrue(alone.length > 0);
        assertThrows(NotFiniteException.class, failing::written);
    }

    private int[] written(Sequence sequence) {
        finish(batch);
        return sequence.written();
    }

    private Adaptation holding(int rank, String factor, double value) {
        Adapter adapter = new Lora().create(new LoraOptions(rank, 1e10, true, 0, List.of(), 0, 0.1), model);
        Parameters values = Drawn.of(compute, adapter.parameters(), 3);
        List<Tensor> tensors = new ArrayList<>(values.tensors());
        int first = IntStream.range(0, tensors.size()).filter(i -> values.names().get(i).contains(factor)).findFirst()
                .orElseThrow();
        double[] elements = compute.download(tensors.get(first));
        elements[1] = value;
        tensors.set(first, compute.constant(tensors.get(first).shape(), elements));
        return adapter.with(values.with(tensors), Dropout.NONE);
    }

    @Test
    void nothingIsLeftBehind() {
        Adaptation lora = lora(4, 2);
        long before = java.memory().liveBytes();
        try (DecodeBatch own = batch()) {
            own.join(prompt(1, 30), lora, DRAWN);
            own.step();
            own.join(prompt(2, 60), Adaptation.NONE, DRAWN);
            own.step();
            assertTrue(java.memory().liveBytes() > before);
        }
        assertEquals(before, java.memory().liveBytes());
    }

    private static void finish(DecodeBatch batch) {
        boolean more = true;
        while (more) {
            more = batch.step();
        }
    }

    private void take(int steps) {
        IntStream.range(0, steps).forEach(i -> batch.step());
    }

    private int tokensRead() {
        return forwards.stream().mapToInt(tokens -> tokens.ids().length).sum();
    }

    private static int[] prompt(int seed, int length) {
        return new SplittableRandom(seed).ints(length, 0, END).toArray();
    }

    /** Another kind than LoRA. */
    private static class Doubling implements Adaptation {

        @Override
        public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
            return ops.scale(base.of(ops, input), site.name().endsWith("c_fc") ? 2 : 1);
        }
    }

    private Adaptation replacing(long seed) {
        return Adaptation.replacing(Drawn.of(compute, model.parameters(), seed));
    }

    private Adaptation lora(int rank, long seed) {
        Adapter adapter = new Lora().create(new LoraOptions(rank, 16, true, 0, List.of(), 0, 0.1), model);
        return drawn(adapter, seed);
    }

    private Adaptation drawn(Adapter adapter, long seed) {
        return adapter.with(Drawn.of(compute, adapter.parameters(), seed), Dropout.NONE);
    }
}
