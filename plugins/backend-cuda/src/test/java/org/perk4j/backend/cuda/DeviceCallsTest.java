package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Generator;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.objective.perk.Perk;
import org.perk4j.objective.perk.PerkOptions;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.adamw.AdamWOptions;
import org.perk4j.tensor.DType;

/**
 * How often a device is called, which costs time on it however small the tensors are: for an exact meta-gradient, for
 * encoding, and for a token that is decoded, with a model of GPT-2 small's shape. The device computes nothing, so the real
 * shape costs nothing either. The numbers are bounds: who makes them smaller, tightens them.
 */
class DeviceCallsTest {

    private static final int STEPS = 4;
    private static final int TOKENS = 256;
    private static final Set<String> COPIES = Set.of("upload", "download");
    private static final Set<String> WAITS = Set.of("download", "synchronize", "synchronize stream");

    /** The kind of a call that asks for no work: memory, and the life of streams. */
    private static final String APART = "(allocate|free|stream|close|out of).*";

    private final FakeDriver driver = new FakeDriver(1L << 40);
    private final Arena arena = new Arena(driver);
    private final Model model = new Gpt2().create(Map.of("vocab_size", 50_257.0, "n_positions", 1024.0, "n_embd", 768.0,
            "n_layer", 12.0, "n_head", 12.0));

    /**
     * Calls.
     *
     * @param launches of kernels, products, copies on the device and recorded units
     * @param copies   from or to the host
     * @param waits    for the device; a download is both
     * @param byKind   how many there were of each kind, for who sees that there are too many
     */
    private record Calls(int launches, int copies, int waits, Map<String, Long> byKind) {

        static Calls of(List<String> all) {
            List<String> calls = all.stream().filter(call -> !call.matches(APART)).toList();
            return new Calls(count(calls, call -> !COPIES.contains(call) && !WAITS.contains(call)),
                    count(calls, COPIES::contains), count(calls, WAITS::contains),
                    calls.stream().collect(Collectors.groupingBy(call -> call, TreeMap::new, Collectors.counting())));
        }

        private static int count(List<String> calls, Predicate<String> which) {
            return (int) calls.stream().filter(which).count();
        }

        Calls minus(Calls other) {
            return new Calls(launches - other.launches, copies - other.copies, waits - other.waits, byKind);
        }
    }

    @AfterEach
    void close() {
        arena.trim();
        driver.close();
    }

    private Compute open(int recorded) {
        CudaSettings settings = new CudaSettings(Factors.FLOAT32, CudaSettings.LOGITS, recorded);
        return new CudaBackend(driver, arena, settings).open(DType.FLOAT32);
    }

    private static Parameters zeros(Compute compute, List<ParameterSpec> specs) {
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(),
                specs.stream().map(spec -> compute.fill(spec.shape(), 0)).toList());
    }

    private Adapter adapter() {
        return new Lora().create(new LoraOptions(16, 16, true, 0, List.of(), 0.02, 0.02), model);
    }

    private Learner learner(Compute compute) {
        return new Learner(compute, new ReverseMode(), model, zeros(compute, model.parameters()), adapter(),
                new AdamW().create(new AdamWOptions(0.9, 0.95, 1e-8, false, 0.01)));
    }

    private static MetaObjective objective() {
        return new Perk().create(new PerkOptions(STEPS, STEPS, 5e-5, Rates.Per.TENSOR, false, 1, false, Mean.TOKENS, 0.01,
                1024, 0, 0, 0));
    }

    /**
     * @param number of the episode: each has other tokens
     * @param spread how many tokens a text may lack
     */
    private static EncodedEpisode episode(int number, int spread) {
        return new EncodedEpisode(number, texts(number, 4, spread), texts(-number, 1, spread));
    }

    private static List<EncodedText> texts(int number, int count, int spread) {
        SplittableRandom random = new SplittableRandom(number);
        return IntStream.range(0, count).mapToObj(i -> new EncodedText(
                random.ints(TOKENS - random.nextInt(1 + spread), 0, 50_257).toArray(), 1)).toList();
    }

    private List<Calls> metaGradients(Compute compute, int count) {
        return metaGradients(compute, count, 0);
    }

    /** @return the calls of each of some meta-gradients, one after another */
    private List<Calls> metaGradients(Compute compute, int count, int spread) {
        Learner learner = learner(compute);
        MetaObjective objective = objective();
        Parameters meta = zeros(compute, objective.parameters(learner));
        return IntStream.range(0, count).mapToObj(number -> {
            compute.submit();
            driver.calls();
            try (Scope scope = compute.scope()) {
                objective.gradient(learner, meta, episode(number, spread));
                compute.submit();
            }
            return Calls.of(driver.calls());
        }).toList();
    }

    /** Nine gradients of the context's or the answers' loss, four of them with tangents. */
    @Test
    void aMetaGradientPieceByPiece() {
        try (Compute compute = open(0)) {
            Calls calls = metaGradients(compute, 2).get(1);
                        assertTrue(calls.launches <= 7_600, calls.toString());
            assertTrue(calls.copies <= 10, calls.toString());
            assertEquals(1, calls.waits, "for the loss");
        }
    }

    /** The first time memory finds its place, the second one gives the units, the third records them. */
    @Test
    void aMetaGradientThatIsReplayed() {
        try (Compute compute = open(CudaSettings.RECORDED)) {
            Calls calls = metaGradients(compute, 5).get(4);
                        assertTrue(calls.launches <= 170, calls.toString());
            assertTrue(calls.copies <= 10, calls.toString());
            assertEquals(1, calls.waits, "for the loss");
        }
    }

    /** Texts of almost as many tokens soon find what was recorded for others. */
    @Test
    void metaGradientsOfOtherLengths() {
        try (Compute compute = open(CudaSettings.RECORDED)) {
            List<Calls> all = metaGradients(compute, 40, 16);
            double mean = all.subList(30, 40).stream().mapToInt(Calls::launches).average().orElseThrow();
            assertTrue(mean <= 200, mean + " launches");
        }
    }

    /** Texts of a half to all of their tokens: all that they ask for stays recorded. */
    @Test
    void metaGradientsOfAllLengths() {
        try (Compute compute = open(CudaSettings.RECORDED)) {
            List<Calls> all = metaGradients(compute, 100, TOKENS / 2);
            double mean = all.subList(60, 100).stream().mapToInt(Calls::launches).average().orElseThrow();
            assertTrue(mean <= 200, mean + " launches");
        }
    }

    @Test
    void encoding() {
        try (Compute compute = open(CudaSettings.RECORDED)) {
            Learner learner = learner(compute);
            MetaObjective objective = objective();
            Parameters meta = zeros(compute, objective.parameters(learner));
            List<Calls> all = new ArrayList<>();
            for (int number = 0; number < 5; number++) {
                compute.submit();
                driver.calls();
                try (Scope scope = compute.scope()) {
                    objective.encode(learner, meta, texts(number, 4 * 4, 0), passes -> { });
                    compute.submit();
                }
                all.add(Calls.of(driver.calls()));
            }
            Calls calls = all.get(4);
                        assertTrue(calls.launches <= 150, calls.toString());
            assertTrue(calls.copies <= 2 * 4 + 1, "two for each micro-batch: " + calls);
            assertEquals(1, calls.waits, "for the losses");
        }
    }

    @Test
    void aDecodedToken() {
        aDecodedToken(1, 4, 5);
    }

    @Test
    void aTokenOfEightMemories() {
        aDecodedToken(8, 5, 6);
    }

    private void aDecodedToken(int memories, int mostLaunches, int mostCopies) {
        List<Calls> calls = answers(memories, CudaSettings.RECORDED);
        Calls ofThirty = calls.get(3).minus(calls.get(2));
        assertTrue(ofThirty.launches <= 30 * mostLaunches, "thirty tokens: " + ofThirty);
        assertEquals(30, ofThirty.waits, "each token comes to the host");
        // In the longer answer half of the tokens are at positions that none was at before.
        Calls ofNew = calls.get(1).minus(calls.get(2));
        assertTrue(ofNew.copies <= 30 * mostCopies, "thirty tokens: " + ofNew);
    }

    /** However many memories answer at once: two kernels for their factors in a layer, one for its weight and bias. */
    @ParameterizedTest
    @ValueSource(ints = {2, 8, 64})
    void tokensPieceByPiece(int memories) {
        List<Calls> calls = answers(memories, 0);
        Calls ofThirty = calls.get(3).minus(calls.get(2));
        assertTrue(ofThirty.launches <= 30 * 242, "thirty tokens: " + ofThirty);
    }

    /** @return the calls for answers of 30, 60, 30 and 60 tokens; the first times memory finds its place */
    private List<Calls> answers(int memories, int recorded) {
        try (Compute compute = open(recorded)) {
            Parameters weights = zeros(compute, model.parameters());
            Adapter adapter = adapter();
            List<Adaptation> adaptations = new ArrayList<>();
            for (int i = 0; i < memories; i++) {
                adaptations.add(adapter.with(zeros(compute, adapter.parameters()), Dropout.NONE));
            }
            Generator generator = new Generator(compute, model, weights, Set.of());
            List<int[]> prompts = Collections.nCopies(memories, IntStream.range(0, 16).toArray());
            List<Calls> calls = new ArrayList<>();
            for (int tokens : new int[] {30, 60, 30, 60}) {
                driver.calls();
                generator.generate(prompts, adaptations, Decoding.greedy(tokens));
                calls.add(Calls.of(driver.calls()));
            }
            return calls;
        }
    }
}
