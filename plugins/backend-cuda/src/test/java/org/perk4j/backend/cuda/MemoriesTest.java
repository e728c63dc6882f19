package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Generator;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.DType;

/** Several memories answer at once, on the emulation of CUDA, what they do on the reference backend. */
class MemoriesTest {

    private static final int MEMORIES = 5;
    private static final int TOKENS = 6;

    private final Model model = new Gpt2().create(Map.of("vocab_size", 50.0, "n_positions", 32.0, "n_embd", 16.0,
            "n_layer", 2.0, "n_head", 2.0));
    private final Adapter adapter = new Lora().create(new LoraOptions(4, 16, true, 0, List.of(), 0.3, 0.3), model);

    private static Parameters drawn(Compute compute, List<ParameterSpec> specs, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), specs.stream().map(spec -> compute.constant(
                spec.shape(), random.doubles(spec.shape().size(), -0.5, 0.5).toArray())).toList());
    }

    private List<int[]> answers(Compute compute) {
        List<int[]> prompts = new ArrayList<>();
        List<Adaptation> memories = new ArrayList<>();
        for (int i = 0; i < MEMORIES; i++) {
            int first = i;
            prompts.add(IntStream.range(0, 2 + i).map(j -> 7 * j + first).toArray());
            memories.add(adapter.with(drawn(compute, adapter.parameters(), 1 + i), Dropout.NONE));
        }
        prompts.add(prompts.get(2));
        memories.add(memories.get(3));
        return new Generator(compute, model, drawn(compute, model.parameters(), 0), Set.of())
                .generate(prompts, memories, Decoding.greedy(TOKENS));
    }

    @Test
    void answersAreThoseOfTheReference() throws Exception {
        EmulatedCuda.load();
        CudaDriver driver = new CudaDriver(0, EmulatedCuda::code);
        Arena arena = new Arena(driver, bytes -> bytes);
        List<int[]> expected;
        List<int[]> actual;
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            expected = answers(compute);
        }
        try (Compute compute = new CudaBackend(driver, arena, new CudaSettings(Factors.FLOAT32, CudaSettings.LOGITS,
                CudaSettings.RECORDED)).open(DType.FLOAT64)) {
            actual = answers(compute);
        }
        arena.trim();
        driver.close();
        assertArrayEquals(expected.toArray(), actual.toArray());
        assertTrue(expected.stream().map(Arrays::toString).distinct().count() > MEMORIES / 2, "answers differ");
    }
}
