package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.adapter.prefix.Prefix;
import org.perk4j.adapter.prefix.PrefixOptions;
import org.perk4j.adapter.prompt.Prompt;
import org.perk4j.adapter.prompt.PromptOptions;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

class GeneratorTest {

    private static final int VOCABULARY = 23;
    private static final int END = 22;
    private static final int POSITIONS = 64;
    /** Enough for the first answers to end at different places. */
    private static final int LIMIT = 12;

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final Model model = model(POSITIONS);
    private final Parameters weights = Drawn.of(compute, model.parameters(), 1);
    private final Generator generator = new Generator(compute, model, weights, Set.of(END));
    private final Adaptation lora = lora(4, 2);

    private static Model model(int positions) {
        return new Gpt2().create(Map.of("vocab_size", (double) VOCABULARY, "n_positions", (double) positions,
                "n_embd", 16.0, "n_layer", 2.0, "n_head", 2.0, "initializer_range", 0.6));
    }

    @AfterEach
    void free() {
        compute.close();
    }

    @Test
    void cachedGreedyDecodingEqualsReadingAllAnew() {
        List<int[]> prompts = prompts(20, 1, 30);
        List<int[]> answers = generator.generate(prompts, lora, Decoding.greedy(LIMIT));
        for (int i = 0; i < prompts.size(); i++) {
            assertArrayEquals(uncached(prompts.get(i), lora), answers.get(i));
        }
        assertTrue(answers.stream().anyMatch(a -> a.length < LIMIT) && answers.stream().anyMatch(a -> a.length == LIMIT),
                "some answers end by themselves, some at the limit");
    }

    @Test
    void promptsOfDifferentLengthsDecodeAsOneByOne() {
        List<int[]> prompts = prompts(50, 1, 50); // more tokens than are read at once
        List<int[]> together = generator.generate(prompts, lora, Decoding.greedy(LIMIT));
        for (int i = 0; i < prompts.size(); i++) {
            assertArrayEquals(generator.generate(List.of(prompts.get(i)), lora, Decoding.greedy(LIMIT)).get(0),
                    together.get(i));
        }
    }

    /** A draw belongs to the number of its prompt: so it is compared with fewer prompts, not with that prompt alone. */
    @Test
    void drawsDoNotDependOnWhatIsDecodedBesideThem() {
        List<int[]> prompts = prompts(50, 1, 50);
        Decoding drawn = new Decoding(LIMIT, 1, 1, 3);
        List<int[]> together = generator.generate(prompts, lora, drawn);
        for (int count : new int[] {1, 7, 30}) {
            List<int[]> fewer = generator.generate(prompts.subList(0, count), lora, drawn);
            for (int i = 0; i < count; i++) {
                assertArrayEquals(together.get(i), fewer.get(i));
            }
        }
        assertFalse(Arrays.deepEquals(together.toArray(),
                generator.generate(prompts, lora, Decoding.greedy(LIMIT)).toArray()), "they are drawn");
    }

    /** Prompts share a start, and are of different lengths; the memories differ in rank, one changes nothing. */
    @Test
    void aBatchOverMemoriesAnswersAsOneMemoryAtATime() {
        List<Adaptation> ofOneKind = List.of(lora(4, 2), lora(4, 3), lora(2, 4));
        List<Adaptation> ofTwoKinds = List.of(Adaptation.NONE, lora(4, 2), lora(4, 3));
        List<Adaptation> behindVirtualTokens = List.of(prefix(3), prompt(4), lora(4, 3));
        for (List<Adaptation> memories : List.of(ofOneKind, ofTwoKinds, behindVirtualTokens)) {
            List<int[]> prompts = prompts(17, 1, 30).stream()
                    .map(end -> IntStream.concat(IntStream.of(3, 1, 4), IntStream.of(end)).toArray()).toList();
            List<Adaptation> each = IntStream.range(0, prompts.size()).mapToObj(i -> memories.get(i % 3)).toList();
            List<int[]> together = generator.generate(prompts, each, Decoding.greedy(LIMIT));
            for (int i = 0; i < prompts.size(); i++) {
                assertArrayEquals(uncached(prompts.get(i), each.get(i)), together.get(i));
            }
            assertFalse(Arrays.deepEquals(together.toArray(),
                    generator.generate(prompts, memories.get(1), Decoding.greedy(LIMIT)).toArray()), "memories matter");
        }
    }

    @Test
    void refusesPromptsWithoutAnAdaptation() {
        assertThrows(IllegalArgumentException.class,
                () -> generator.generate(prompts(2, 1, 5), List.of(lora), Decoding.greedy(1)));
    }

    /** The start is longer than what is read at once. Alone, a prompt shares nothing. */
    @Test
    void whatAllPromptsBeginWithIsReadOnceAndChangesNothing() {
        int positions = 1_400;
        Model longer = model(positions);
        AtomicInteger read = new AtomicInteger();
        Generator counting = new Generator(compute, counting(longer, read), Drawn.of(compute, longer.parameters(), 1),
                Set.of(END));
        int[] start = prompts(1, 1_200, 1_201).get(0);
        List<int[]> prompts = new ArrayList<>(prompts(5, 1, 30).stream()
                .map(end -> IntStream.concat(IntStream.of(start), IntStream.of(end)).toArray()).toList());
        prompts.add(start); // ends where the others go on
        List<int[]> together = counting.generate(prompts, Adaptation.NONE, Decoding.greedy(LIMIT));
        assertTrue(read.get() < start.length + 6 * (30 + LIMIT), read + " tokens read");
        for (int i = 0; i < prompts.size(); i++) {
            assertArrayEquals(counting.generate(List.of(prompts.get(i)), Adaptation.NONE, Decoding.greedy(LIMIT)).get(0),
                    together.get(i));
        }
        assertTrue(together.stream().map(Arrays::toString).distinct().count() > 1, "they are asked differently");
    }

    /** @return the model, which counts the tokens that it reads */
    private static Model counting(Model model, AtomicInteger read) {
        return (Model) Proxy.newProxyInstance(Model.class.getClassLoader(), new Class<?>[] {Model.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("hidden")) {
                        read.addAndGet(((Tokens) arguments[2]).segments().rows());
                    }
                    return method.invoke(model, arguments);
                });
    }

    @Test
    void anyOfSeveralTokensEndsAnAnswer() {
        List<int[]> prompts = endingWithin(LIMIT, LIMIT, 3);
        int[] answer = generator.generate(prompts, Adaptation.NONE, Decoding.greedy(LIMIT)).get(0);
        int other = answer[LIMIT / 2];
        int[] ended = new Generator(compute, model, weights, Set.of(END, other))
                .generate(prompts, Adaptation.NONE, Decoding.greedy(LIMIT)).get(0);
        assertArrayEquals(IntStream.of(answer).takeWhile(token -> token != other).toArray(), ended);
    }

    @Test
    void answersThatHaveEndedAreNotReadOn() {
        List<int[]> prompts = new ArrayList<>(endingWithin(0, 2, 12));
        prompts.addAll(endingWithin(LIMIT, LIMIT, 1));
        AtomicInteger read = new AtomicInteger();
        List<int[]> answers = new Generator(compute, counting(model, read), weights, Set.of(END))
                .generate(prompts, Adaptation.NONE, Decoding.greedy(LIMIT));
        int asked = prompts.stream().mapToInt(prompt -> prompt.length).sum();
        int most = asked + answers.stream().mapToInt(answer -> answer.length).sum();
        assertTrue(read.get() <= most, read + " tokens read, " + most + " at most");
        assertTrue(most < asked + (LIMIT - 1) * prompts.size(), "most of them end early");
    }

    /** @return so many prompts with answers of these lengths */
    private List<int[]> endingWithin(int shortest, int longest, int count) {
        List<int[]> prompts = prompts(300, 1, 30).stream().filter(prompt -> {
            int length = generator.generate(List.of(prompt), Adaptation.NONE, Decoding.greedy(LIMIT)).get(0).length;
            return length >= shortest && length <= longest;
        }).limit(count).toList();
        assertEquals(count, prompts.size());
        return prompts;
    }

    @Test
    void theAdaptationMatters() {
        List<int[]> prompts = prompts(10, 5, 20);
        assertFalse(Arrays.deepEquals(generator.generate(prompts, Adaptation.NONE, Decoding.greedy(LIMIT)).toArray(),
                generator.generate(prompts, lora, Decoding.greedy(LIMIT)).toArray()));
    }

    @Test
    void drawsDependOnTheSeedAlone() {
        List<int[]> prompts = prompts(8, 3, 10);
        Decoding drawn = new Decoding(LIMIT, 1, 0.9, 5);
        List<int[]> first = generator.generate(prompts, Adaptation.NONE, drawn);
        assertTrue(Arrays.deepEquals(first.toArray(), generator.generate(prompts, Adaptation.NONE, drawn).toArray()));
        assertFalse(Arrays.deepEquals(first.toArray(),
                generator.generate(prompts, Adaptation.NONE, new Decoding(LIMIT, 1, 0.9, 6)).toArray()));
    }

    /** So strong a penalty lets no token come twice, nor one of the prompt. */
    @Test
    void penaltiesKnowPromptAndAnswer() {
        int[] prompt = prompts(1, 5, 6).get(0);
        Sampling never = new Sampling(0, 1, 0, 1e6, 1e6, 0);
        int[] plain = generator.generate(List.of(prompt), Adaptation.NONE, Decoding.greedy(12)).get(0);
        int[] penalized = generator.generate(List.of(prompt), prefix(7), new Decoding(12, never, 0)).get(0);
        assertTrue(Arrays.stream(plain).distinct().count() < plain.length, "it repeats itself without");
        assertEquals(penalized.length, Arrays.stream(penalized).distinct().count());
        assertTrue(Arrays.stream(penalized).noneMatch(token -> Arrays.stream(prompt).anyMatch(read -> read == token)));
    }

    @Test
    void drawsFollowTheModelAndStayWithinTopP() {
        float[] scores = {(float) Math.log(0.6), (float) Math.log(0.3), (float) Math.log(0.1)};
        int[] counts = new int[3];
        TokenChoice all = new TokenChoice(new Decoding(1, 1, 1, 0));
        TokenChoice likeliest = new TokenChoice(new Decoding(1, 1, 0.7, 0));
        for (int i = 0; i < 10_000; i++) {
            counts[all.choose(scores, i, new int[0], 0)]++;
            assertTrue(likeliest.choose(scores, i, new int[0], 0) < 2);
        }
        assertEquals(6_000, counts[0], 200);
        assertEquals(3_000, counts[1], 200);
    }

    @Test
    void anAnswerEndsWhereTheModelCannotReadOn() {
        int[] prompt = prompts(1, POSITIONS, POSITIONS + 1).get(0);
        List<int[]> answers = generator.generate(List.of(prompt, Arrays.copyOf(prompt, 60)), Adaptation.NONE,
                Decoding.greedy(40));
        assertTrue(answers.get(0).length <= 1);
        assertTrue(answers.get(1).length <= 5);
    }

    @Test
    void refusesWhatTheModelCannotRead() {
        assertThrows(IllegalArgumentException.class,
                () -> generator.generate(List.of(new int[POSITIONS + 1]), Adaptation.NONE, Decoding.greedy(1)));
        assertThrows(IllegalArgumentException.class,
                () -> generator.generate(List.of(new int[0]), Adaptation.NONE, Decoding.greedy(1)));
    }

    @Test
    void virtualTokensTakePositions() {
        for (Adaptation adaptation : List.of(prefix(7), prompt(7))) {
            int[] prompt = prompts(1, POSITIONS - 7, POSITIONS - 6).get(0);
            assertTrue(generator.generate(List.of(prompt), adaptation, Decoding.greedy(40)).get(0).length <= 1);
            String message = assertThrows(IllegalArgumentException.class, () -> generator.generate(
                    List.of(new int[prompt.length + 1]), adaptation, Decoding.greedy(1))).getMessage();
            assertEquals("a prompt of 58 tokens: the model reads between 1 and 57 after 7 virtual ones", message);
            assertThrows(IllegalArgumentException.class, () -> model.hidden(compute, weights,
                    Tokens.of(List.of(new int[prompt.length + 1])), adaptation));
        }
    }

    @Test
    void leavesNothingBehind() {
        List<Adaptation> memories = List.of(prefix(3), prompt(4));
        long before = compute.memory().liveBytes();
        generator.generate(prompts(5, 1, 20), lora, Decoding.greedy(LIMIT));
        generator.generate(prompts(2, 1, 20), List.of(lora, Adaptation.NONE), Decoding.greedy(LIMIT));
        generator.generate(prompts(2, 1, 20), memories, Decoding.greedy(LIMIT));
        assertEquals(before, compute.memory().liveBytes());
    }

    private int[] uncached(int[] prompt, Adaptation adaptation) {
        int[] tokens = prompt;
        while (tokens.length < prompt.length + LIMIT) {
            try (Scope scope = compute.scope()) {
                Tensor hidden = model.hidden(compute, weights, Tokens.of(List.of(tokens)), adaptation);
                Tensor last = compute.gatherRows(hidden, tokens.length - 1);
                double[] scores = compute.download(model.logits(compute, weights, last));
                int next = IntStream.range(0, VOCABULARY).boxed().max(Comparator.comparing(i -> scores[i])).orElseThrow();
                if (next == END) {
                    break;
                }
                tokens = Arrays.copyOf(tokens, tokens.length + 1);
                tokens[tokens.length - 1] = next;
            }
        }
        return Arrays.copyOfRange(tokens, prompt.length, tokens.length);
    }

    private static List<int[]> prompts(int count, int shortest, int longest) {
        SplittableRandom random = new SplittableRandom(count);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(random.ints(random.nextInt(shortest, longest), 0, END).toArray());
        }
        return prompts;
    }

    private Adaptation lora(int rank, long seed) {
        Adapter adapter = new Lora().create(new LoraOptions(rank, 16, true, 0, List.of(), 0, 0.1), model);
        return drawn(adapter, seed);
    }

    private Adaptation prefix(int count) {
        return drawn(new Prefix().create(new PrefixOptions(count, 0.5), model), 5);
    }

    private Adaptation prompt(int count) {
        return drawn(new Prompt().create(new PromptOptions(count, 0.5), model), 6);
    }

    private Adaptation drawn(Adapter adapter, long seed) {
        return adapter.with(Drawn.of(compute, adapter.parameters(), seed), Dropout.NONE);
    }
}
