package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Generator;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
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
import org.perk4j.tensor.Tensor;

/** What is recorded and replayed gives, on the emulation of CUDA, in every bit what it gives piece by piece. */
class ReplayTest {

    private static final int VOCABULARY = 61;

    private static CudaDriver driver;
    private static int replays;

    private final Model model = new Gpt2().create(Map.of("vocab_size", (double) VOCABULARY, "n_positions", 32.0,
            "n_embd", 8.0, "n_layer", 2.0, "n_head", 2.0));
    private final Adapter adapter = new Lora().create(new LoraOptions(2, 4, true, 0, List.of(), 0.02, 0.02), model);

    @BeforeAll
    static void start() throws Exception {
        EmulatedCuda.load();
        driver = new CudaDriver(0, EmulatedCuda::code);
    }

    @AfterAll
    static void stop() {
        if (driver != null) {
            driver.close();
        }
    }

    /** @return the driver, with what is replayed counted */
    private static Driver counting() {
        return (Driver) proxy(Driver.class, driver, (method, result) -> method.equals("stream")
                ? proxy(Stream.class, result, (of, graph) -> of.equals("record")
                        ? proxy(Stream.Graph.class, graph, ReplayTest::counted) : graph) : result);
    }

    private static Object counted(String method, Object result) {
        replays += method.equals("launch") ? 1 : 0;
        return result;
    }

    private interface Watcher {
        Object of(String method, Object result);
    }

    private static Object proxy(Class<?> type, Object real, Watcher watcher) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            try {
                return watcher.of(method.getName(), method.invoke(real, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private interface Task {
        List<double[]> of(Compute compute);
    }

    /** @return what the task gives, by a device that records so many pieces of work */
    private static List<double[]> results(DType dtype, int recorded, Task task) {
        replays = 0;
        Driver counting = counting();
        Arena arena = new Arena(counting);
        CudaSettings settings = new CudaSettings(Factors.FLOAT32, CudaSettings.LOGITS, recorded);
        try (Compute compute = new CudaBackend(counting, arena, settings).open(dtype)) {
            return task.of(compute);
        } finally {
            arena.trim();
        }
    }

    private static void assertReplayed(DType dtype, Task task, int leastReplays) {
        List<double[]> expected = results(dtype, 0, task);
        assertEquals(0, replays);
        List<double[]> found = results(dtype, CudaSettings.RECORDED, task);
        assertTrue(replays >= leastReplays, replays + " replays");
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i));
        }
    }

    /** Of several episodes with as many tokens, but others; the context in two micro-batches. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void metaGradients(DType dtype) {
        List<EncodedEpisode> episodes = IntStream.range(0, 5).mapToObj(
                number -> new EncodedEpisode(number, texts(number, 4, 7), texts(9 + number, 1, 9))).toList();
        assertReplayed(dtype, compute -> metaGradients(compute, episodes, true), 2 * 5);
    }

    /** Texts of other lengths are as many rows, with some that nobody reads. */
    @Test
    void metaGradientsOfOtherLengths() {
        List<EncodedEpisode> episodes = IntStream.range(0, 6).mapToObj(number -> new EncodedEpisode(number,
                List.of(text(number, 3 + number % 3), text(9 + number, 6), text(19 + number, 7 - number % 2)),
                List.of(text(29 + number, 9 + number)))).toList();
        assertReplayed(DType.FLOAT64, compute -> metaGradients(compute, episodes, false), 2 * 5);
        List<double[]> found = results(DType.FLOAT64, 0, compute -> metaGradients(compute, episodes, true));
        try (Compute compute = new JavaCompute(DType.FLOAT64)) { // which adds no rows
            List<double[]> expected = metaGradients(compute, episodes, true);
            for (int i = 0; i < expected.size(); i++) {
                double largest = Arrays.stream(expected.get(i)).map(Math::abs).max().orElseThrow();
                assertArrayEquals(expected.get(i), found.get(i), 1e-10 * largest);
            }
        }
    }

    /** @param normalized whether each text's weights are brought to one sum, which depends on how many texts there are */
    private List<double[]> metaGradients(Compute compute, List<EncodedEpisode> episodes, boolean normalized) {
        Learner learner = new Learner(compute, new ReverseMode(), model, drawn(compute, model.parameters(), 1), adapter,
                new AdamW().create(new AdamWOptions(0.9, 0.95, 1e-8, true, 0.01)));
        MetaObjective objective = new Perk().create(new PerkOptions(2, 2, 0.01, Rates.Per.TENSOR, true, 3, normalized,
                Mean.TOKENS, 0.1, 14, 0, 0, 0));
        Parameters meta = drawn(compute, objective.parameters(learner), 2);
        List<double[]> all = new ArrayList<>();
        for (EncodedEpisode episode : episodes) {
            try (Scope scope = compute.scope()) {
                MetaGradient found = objective.gradient(learner, meta, episode);
                double[] row = compute.download(compute.join(found.gradient().tensors().toArray(Tensor[]::new)));
                all.add(DoubleStream.concat(DoubleStream.of(found.loss(), found.accuracy()), Arrays.stream(row)).toArray());
            }
        }
        return all;
    }

    @Test
    void decodedTokens() {
        assertReplayed(DType.FLOAT32, compute -> {
            Generator generator = new Generator(compute, model, drawn(compute, model.parameters(), 3), Set.of());
            List<Adaptation> memories = IntStream.range(0, 2).mapToObj(
                    i -> adapter.with(drawn(compute, adapter.parameters(), 4 + i), Dropout.NONE)).toList();
            List<int[]> written = generator.generate(Collections.nCopies(2, new int[] {5, 6, 7}), memories,
                    Decoding.greedy(20));
            return written.stream().map(tokens -> IntStream.of(tokens).asDoubleStream().toArray()).toList();
        }, 10);
    }

    /** CUDA would refuse it, and the recording too. */
    @Test
    void nobodyWaitsForTheDeviceWhileWorkIsRecorded() throws Exception {
        try (Stream stream = driver.stream(DType.FLOAT32)) {
            FutureTask<Void> waiting = new FutureTask<>(driver::synchronize, null);
            Thread thread = new Thread(waiting);
            stream.record(() -> {
                thread.start();
                while (thread.isAlive() && thread.getState() != Thread.State.BLOCKED) {
                    Thread.onSpinWait();
                }
            }).close();
            waiting.get();
        }
    }

    private static List<EncodedText> texts(int number, int count, int tokens) {
        return IntStream.range(0, count).mapToObj(i -> text(100 * number + i, tokens)).toList();
    }

    private static EncodedText text(int seed, int tokens) {
        SplittableRandom random = new SplittableRandom(seed);
        return new EncodedText(IntStream.range(0, tokens).map(t -> random.nextInt(VOCABULARY)).toArray(), 1);
    }

    private static Parameters drawn(Compute compute, List<ParameterSpec> specs, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), specs.stream().map(spec ->
                compute.constant(spec.shape(), random.doubles(spec.shape().size(), -0.5, 0.5).toArray())).toList());
    }
}
