package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * How often an exact meta-gradient of a model of GPT-2 small's shape calls the backend: on a GPU each call costs its launch,
 * however small the tensors. The width doesn't matter to that, so it is small here; the layers, 12, and the adapted sites,
 * all, are the real ones.
 */
class BackendCallsTest {

    private static final int STEPS = 4;
    private static final int LAYERS = 12;

    /** Some 600 calls a gradient, of which there are nine, and 50 calls a step, whatever the number of tensors. */
    private static final int MOST_CALLS = 6_000;

    /** What computes nothing. */
    private static final Set<String> UNCOUNTED = Set.of("scope", "free", "memory", "dtype", "close");

    private final Compute real = new JavaCompute(DType.FLOAT32);
    private final Map<String, Integer> calls = new TreeMap<>();
    private final Compute counting = (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(),
            new Class<?>[] {Compute.class}, this::call);

    @AfterEach
    void close() {
        real.close();
    }

    private Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
        if (!UNCOUNTED.contains(method.getName())) {
            calls.merge(method.getName(), 1, Integer::sum);
        }
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @ParameterizedTest
    @CsvSource({"sgd, TENSOR, 0", "adamw, TENSOR, 0", "adamw, ELEMENT, 0.01"})
    void areFew(String optimizer, Rates.Per rates, double bound) {
        Model model = new Gpt2().create(Map.of("vocab_size", 11.0, "n_positions", 8.0, "n_embd", 4.0, "n_layer",
                (double) LAYERS, "n_head", 2.0));
        Learner learner = new Learner(counting, new ReverseMode(), model, drawn(model.parameters()),
                new Lora().create(new LoraOptions(1, 2, true, 0, List.of(), 0.02, 0.02), model),
                ReferenceCase.optimizer(optimizer));
        PerkObjective objective = new PerkObjective(new PerkOptions(STEPS, STEPS, 0.01, rates, false, 1, false, Mean.TOKENS,
                bound, 1024, 0, 0, 0));
        Parameters meta = drawn(objective.parameters(learner));
        calls.clear();
        objective.gradient(learner, meta, new EncodedEpisode(0, texts(3), texts(1)));
        int all = calls.values().stream().mapToInt(Integer::intValue).sum();
        assertTrue(all <= MOST_CALLS, all + " calls: " + calls);
    }

    private static List<EncodedText> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> new EncodedText(new int[] {1, i, 3, 4}, 1)).toList();
    }

    private Parameters drawn(List<ParameterSpec> specs) {
        SplittableRandom random = new SplittableRandom(1);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            tensors.add(real.constant(spec.shape(), random.doubles(spec.shape().size(), 0.01, 0.03).toArray()));
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }
}
