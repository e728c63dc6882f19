package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.MergedAdaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.WeightedAdaptation;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.tck.SmallModel;
import org.perk4j.tensor.DType;

/**
 * Two LoRAs of different ranks and layers at once are what PEFT makes of them by {@code add_weighted_adapter} with
 * {@code combination_type="cat"}, and merged what it makes of that by {@code merge_and_unload}
 * (tools/peft_merge_reference.py).
 */
class WeightedAsPeftTest {

    private static final Path PLUGINS = Path.of("../plugins");

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void logitsAreThoseOfPeft(String type) throws IOException {
        Path folder = PLUGINS.resolve("adapter-lora/src/test/resources/" + type + "-weighted");
        Path base = PLUGINS.resolve("model-" + type + "/src/test/resources/" + type);
        Map<String, Object> reference = Json.readObject(folder.resolve("reference.json"));
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Model model = (type.equals("gpt2") ? new Gpt2() : new Llama())
                    .create(Json.readObject(base.resolve("config.json")));
            Parameters weights = SmallModel.read(compute, base.resolve("model.safetensors"), model.parameters());
            List<Adaptation> two = new ArrayList<>();
            for (String name : List.of("first", "second")) {
                Path one = folder.resolve(name);
                Adapter adapter = new Lora().create(
                        new Lora().ofPeft(Json.readObject(one.resolve("adapter_config.json"))).orElseThrow(), model);
                two.add(adapter.with(SmallModel.read(compute, one.resolve("adapter_model.safetensors"),
                        adapter.parameters()), Dropout.NONE));
            }
            Adaptation both = WeightedAdaptation.of(compute, weights, two, numbers(reference.get("weights")));
            List<?> sequences = (List<?>) reference.get("sequences");
            assertTrue(!sequences.isEmpty());
            MergedAdaptation merged = MergedAdaptation.of(compute, model, weights, both);
            assertMerged(folder.resolve("merged.safetensors"), compute, merged.changed());
            for (Adaptation adaptation : List.of(both, merged)) {
                for (Object sequence : sequences) {
                    Tokens tokens = Tokens.of(List.of(Arrays.stream(numbers(((Map<?, ?>) sequence).get("tokens")))
                            .mapToInt(x -> (int) x).toArray()));
                    Parameters adapted = adaptation.weights(weights);
                    double[] found = compute.download(model.logits(compute, adapted,
                            model.hidden(compute, adapted, tokens, adaptation)));
                    assertClose(numbers(((Map<?, ?>) sequence).get("logits")), found, 1e-5); // PEFT normalises in float32
                }
            }
        }
    }

    private static void assertMerged(Path file, Compute compute, Parameters changed) throws IOException {
        try (Safetensors theirs = Safetensors.open(file)) {
            assertEquals(theirs.names(), Set.copyOf(changed.names()));
            for (String name : changed.names()) {
                float[] expected = theirs.read(name); // rounded once, from float64
                assertClose(IntStream.range(0, expected.length).mapToDouble(i -> expected[i]).toArray(),
                        compute.download(changed.get(name)), 0x1p-22);
            }
        }
    }

    private static double[] numbers(Object list) {
        return ((List<?>) list).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }
}
