package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** What a device wishes changes no result: rows that nobody reads, and that its memory keeps the steps. */
class DeviceWishesTest {

    private final Compute plain = new JavaCompute(DType.FLOAT64);
    private final Model model = new Gpt2().create(Map.of("vocab_size", 31.0, "n_positions", 16.0, "n_embd", 8.0,
            "n_layer", 2.0, "n_head", 2.0));
    private final EncodedEpisode episode = new EncodedEpisode(1, List.of(text(1, 7), text(2, 1), text(3, 3), text(4, 5)),
            List.of(text(5, 9), text(6, 6)));

    @AfterEach
    void close() {
        plain.close();
    }

    /** @return the same computation with wishes */
    private Compute wishing(int moreRows, long spareBytes) {
        return (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(), new Class<?>[] {Compute.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "paddedRows" -> (int) arguments[0] + moreRows;
                    case "spareBytes" -> spareBytes;
                    default -> invoke(proxy, method, arguments);
                });
    }

    private Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
        try {
            return method.invoke(plain, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static EncodedText text(int seed, int tokens) {
        SplittableRandom random = new SplittableRandom(seed);
        return new EncodedText(IntStream.range(0, tokens).map(i -> random.nextInt(31)).toArray(), 1);
    }

    private Learner learner(Compute compute) {
        return new Learner(compute, new ReverseMode(), model, drawn(model.parameters(), 1),
                new Lora().create(new LoraOptions(2, 4, true, 0.1, List.of(), 0.02, 0.02), model),
                ReferenceCase.optimizer("adamw"));
    }

    private static PerkObjective objective(boolean normalized) {
        return new PerkObjective(new PerkOptions(3, 2, 0.01, Rates.Per.TENSOR, true, 3, normalized, Mean.TOKENS, 0.1, 12, 0,
                0, 7));
    }

    private Parameters drawn(List<ParameterSpec> specs, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            tensors.add(plain.constant(spec.shape(), random.doubles(spec.shape().size(), -0.5, 0.5).toArray()));
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }

    /** @return loss, accuracy and the whole gradient */
    private double[] gradient(Compute compute, boolean normalized) {
        PerkObjective objective = objective(normalized);
        Learner learner = learner(compute);
        Parameters meta = drawn(objective.parameters(learner), 2);
        try (Scope scope = plain.scope()) {
            MetaGradient found = objective.gradient(learner, meta, episode);
            double[] row = plain.download(plain.join(found.gradient().tensors().toArray(Tensor[]::new)));
            return DoubleStream.concat(DoubleStream.of(found.loss(), found.accuracy()), Arrays.stream(row)).toArray();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsThatNobodyReadsDoNotCount(boolean normalized) {
        double[] expected = gradient(plain, normalized);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int more : new int[] {1, 8, 19}) {
            assertArrayEquals(expected, gradient(wishing(more, 0), normalized), 1e-12 * largest);
        }
    }

    @Test
    void norWhileEncoding() {
        PerkObjective objective = objective(true);
        Parameters meta = drawn(objective.parameters(learner(plain)), 2);
        List<Encoding> both = new ArrayList<>();
        List<List<Integer>> progress = new ArrayList<>();
        for (Compute compute : List.of(plain, wishing(11, 0))) {
            List<Integer> passes = new ArrayList<>();
            both.add(objective.encode(learner(compute), meta, episode.segments(), passes::add));
            progress.add(passes);
        }
        assertEquals(progress.get(0), progress.get(1));
        for (int i = 0; i < both.get(0).losses().size(); i++) {
            assertEquals(both.get(0).losses().get(i), both.get(1).losses().get(i), 1e-12);
        }
    }

    /** All of it, a part, or nothing. */
    @Test
    void whereStepsAreKeptMakesNoDifference() {
        double[] expected = gradient(plain, false);
        long kept = plain.memory().liveBytes(); // the weights, each time anew
        for (long bytes : new long[] {1 << 30, 20_000, 1}) {
            long before = plain.memory().liveBytes();
            assertArrayEquals(expected, gradient(wishing(0, bytes), false));
            assertEquals(kept, plain.memory().liveBytes() - before, "what was kept of the steps is given back");
        }
    }
}
