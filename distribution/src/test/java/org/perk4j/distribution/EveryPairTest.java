package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.perk4j.distribution.EveryPlugin.ADAPTERS;
import static org.perk4j.distribution.EveryPlugin.MODELS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.bitfit.Bitfit;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.distribution.EveryPlugin.Chosen;
import org.perk4j.inference.DecodeBatch;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Sequence;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tck.SmallLearner;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * A memory of each type beside one of each type, on one base of each family: they join and leave between tokens, and each
 * writes what it writes alone.
 */
class EveryPairTest {

    private static final Decoding DRAWN = new Decoding(6, 1, 1, 7);
    private static final int[] PROMPT = {3, 1, 4, 1, 5, 9};

    private static Stream<Chosen<ModelType>> models() {
        return MODELS.stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void eachWritesWhatItWritesAlone(Chosen<ModelType> chosen) {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Map<String, Object> config = new HashMap<>(chosen.options());
            config.put(chosen.is(Gpt2.class) ? "n_positions" : "max_position_embeddings", 40.0);
            Model model = chosen.plugin().create(config);
            Parameters weights = SmallLearner.weights(compute, model);
            Map<String, Adaptation> memories = new LinkedHashMap<>(Map.of("none 1", Adaptation.NONE));
            for (Chosen<AdapterType<?>> type : ADAPTERS) {
                if (!type.is(Bitfit.class) || model.parameters().stream().anyMatch(w -> w.name().endsWith(".bias"))) {
                    memories.put(type + " 1", memory(compute, type, model, weights, 1));
                    memories.put(type + " 2", memory(compute, type, model, weights, 2));
                }
            }
            Map<String, int[]> alone = new LinkedHashMap<>();
            memories.forEach((name, memory) -> {
                try (DecodeBatch batch = new DecodeBatch(compute, model, weights, Set.of())) {
                    alone.put(name, finished(batch, batch.join(PROMPT, memory, DRAWN)));
                }
            });
            assertTrue(alone.values().stream().map(Arrays::toString).distinct().count() > memories.size() / 2,
                    "memories write differently");
            for (String first : memories.keySet().stream().filter(name -> name.endsWith("1")).toList()) {
                for (String second : memories.keySet().stream().filter(name -> !name.equals(first)).toList()) {
                    try (DecodeBatch batch = new DecodeBatch(compute, model, weights, Set.of())) {
                        Sequence one = batch.join(PROMPT, memories.get(first), DRAWN);
                        Sequence leaving = batch.join(new int[] {2, 7}, memories.get(second), DRAWN);
                        batch.step();
                        batch.step();
                        Sequence other = batch.join(PROMPT, memories.get(second), DRAWN);
                        batch.step();
                        batch.leave(leaving);
                        assertArrayEquals(alone.get(first), finished(batch, one), first + " beside " + second);
                        assertArrayEquals(alone.get(second), finished(batch, other), second + " beside " + first);
                    }
                }
            }
        }
    }

    private static int[] finished(DecodeBatch batch, Sequence sequence) {
        while (sequence.isOpen()) {
            batch.step();
        }
        return sequence.written();
    }

    private static Adaptation memory(Compute compute, Chosen<AdapterType<?>> type, Model model, Parameters weights,
                                     int seed) {
        Adapter adapter = EveryPlugin.adapter(type, model);
        SplittableRandom random = new SplittableRandom(seed);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : adapter.parameters()) {
            double[] elements = spec.initial() instanceof Initial.OfWeights of
                    ? of.computation().elements(name -> compute.download(weights.get(name))).clone()
                    : new double[(int) spec.shape().size()];
            double mean = spec.initial() instanceof Initial.Normal normal ? normal.mean() : 0;
            for (int i = 0; i < elements.length; i++) {
                elements[i] += mean + random.nextDouble(-0.5, 0.5);
            }
            tensors.add(compute.constant(spec.shape(), elements));
        }
        return adapter.with(new Parameters(adapter.parameters().stream().map(ParameterSpec::name).toList(), tensors),
                Dropout.NONE);
    }
}
