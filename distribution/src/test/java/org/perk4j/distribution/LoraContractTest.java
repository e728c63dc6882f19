package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.tck.AdapterContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

/** Not in the plugin itself: models are tested with LoRA, so LoRA is built before them. */
class LoraContractTest extends AdapterContract<LoraOptions> {

    private static final Path RESOURCES = Path.of("../plugins/adapter-lora/src/test/resources");

    @Override
    protected AdapterType<LoraOptions> type() {
        return new Lora();
    }

    @Override
    protected List<LoraOptions> options() {
        return List.of(options(Map.of("rank", 2, "alpha", 3)),
                options(Map.of("rank", 2, "alpha", 3, "initLoraWeights", "pissa", "rankPattern", Map.of("c_fc", 3))),
                options(Map.of("rank", 2, "alpha", 3, "initLoraWeights", "olora", "rankStabilized", false, "alphaPattern",
                        Map.of("down_proj", 5), "modulesToSave", List.of("1.mlp"), "layersToTransform", List.of(0),
                        "loraplusLrRatio", 16)));
    }

    private static LoraOptions options(Map<String, ?> job) {
        return Options.bind(JsonValue.of(job), LoraOptions.class);
    }

    @Override
    protected ModelType model(String modelType) {
        return Map.of("gpt2", new Gpt2(), "llama", new Llama(), "qwen2", new Qwen2()).get(modelType);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    /** By tools/peft_reference.py. */
    @Override
    protected List<Made> byPeft() {
        return Stream.of("gpt2-plain", "llama-plain", "qwen2-plain", "gpt2-all-biases", "qwen2-all-biases",
                "gpt2-own-biases", "qwen2-own-biases", "gpt2-modules", "llama-modules", "gpt2-pissa", "llama-pissa",
                "qwen2-pissa", "llama-olora", "qwen2-olora").map(name -> new Made(RESOURCES.resolve(name), base(name)))
                .toList();
    }

    private static Path base(String name) {
        String base = name.substring(0, name.indexOf('-'));
        return Path.of("../plugins/model-" + base, "src/test/resources", base);
    }

    /** Up to their signs, which are the decompositions' to choose. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2-pissa", "llama-pissa", "qwen2-pissa", "llama-olora", "qwen2-olora"})
    void factorsBeginAsThoseOfPeft(String name) throws IOException {
        Map<String, Object> converted = Json.readObject(RESOURCES.resolve(name).resolve("adapter_config.json"));
        boolean stabilized = (boolean) converted.get("use_rslora");
        LoraOptions options = options(Map.of("rank", 3, "rankStabilized", stabilized,
                "alpha", (double) converted.get("lora_alpha") / (stabilized ? Math.sqrt(2) : 2), "targetModules",
                converted.get("target_modules"), "initLoraWeights", name.substring(name.indexOf('-') + 1)));
        Model model = model(name.substring(0, name.indexOf('-'))).create(Json.readObject(base(name).resolve("config.json")));
        try (Compute compute = new JavaCompute(DType.FLOAT64);
                Safetensors weights = Safetensors.open(base(name).resolve("model.safetensors"));
                Safetensors expected = Safetensors.open(RESOURCES.resolve(name).resolve("initial.safetensors"))) {
            Initial.Weights base = weight -> doubles(weights, weight);
            List<ParameterSpec> specs = new Lora().create(options, model).parameters();
            assertEquals(2 * expected.names().size(), specs.size());
            for (int i = 0; i < specs.size(); i += 4) {
                Shape a = specs.get(i).shape();
                Shape b = specs.get(i + 1).shape();
                double[] ours = product(compute, a, elements(specs.get(i), base), b, elements(specs.get(i + 1), base));
                double[] theirs = product(compute, a, doubles(expected, specs.get(i).name()), b,
                        doubles(expected, specs.get(i + 1).name()));
                assertArrayEquals(theirs, ours, 1e-5, specs.get(i).name());
                assertArrayEquals(elements(specs.get(i), base), elements(specs.get(i + 2), base), "what the base lacks");
                assertArrayEquals(elements(specs.get(i + 1), base), elements(specs.get(i + 3), base), "what the base lacks");
                assertTrue(!specs.get(i + 2).learned() && !specs.get(i + 3).learned());
            }
        }
    }

    private static double[] elements(ParameterSpec spec, Initial.Weights base) {
        return ((Initial.OfWeights) spec.initial()).computation().elements(base);
    }

    private static double[] product(Compute compute, Shape shapeOfA, double[] a, Shape shapeOfB, double[] b) {
        return compute.download(compute.matmul(compute.constant(shapeOfB, b), compute.constant(shapeOfA, a)));
    }

    private static double[] doubles(Safetensors file, String name) {
        try {
            float[] elements = file.read(name);
            return IntStream.range(0, elements.length).mapToDouble(i -> elements[i]).toArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void onlyBLearnsFaster() {
        List<ParameterSpec> specs = new Lora().create(options(Map.of("loraplusLrRatio", 16)), gpt2()).parameters();
        specs.forEach(spec -> assertEquals(spec.name().contains("lora_B") ? 16 : 1, spec.rateFactor(), spec.name()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'initLoraWeights': 'pissa', 'rank': 9}             | rank: transformer.h.0.attn.c_attn has a weight of 24×8",
        "{'initLoraWeights': 'pissa', 'alpha': 0}            | alpha must be above 0",
        "{'loraplusLrRatio': 0}                              | loraplusLrRatio must be above 0",
        "{'bias': 'some'}                                    | bias must be none, all or lora_only, not some",
        "{'modulesToSave': ['ln_7']}                         | modulesToSave: no module of the model has a name that ends",
        "{'modulesToSave': ['wte']}                          | modulesToSave: transformer.wte.weight is also the output",
        "{'modulesToSave': ['c_fc']}                         | modulesToSave: transformer.h.0.mlp.c_fc is adapted",
        "{'modulesToSave': ['ln_f'], 'bias': 'all'}          | modulesToSave: transformer.ln_f.bias is already learned"})
    void whatDoesNotFitIsRefusedByName(String job, String expected) throws IOException {
        Map<String, Object> keys = Json.parseObject(job.replace('\'', '"'));
        String message = assertThrows(IllegalArgumentException.class, () -> new Lora().create(options(keys), gpt2()))
                .getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    private Model gpt2() {
        return model("gpt2").create(Map.of("vocab_size", 11.0, "n_positions", 12.0, "n_embd", 8.0, "n_layer", 2.0,
                "n_head", 2.0));
    }
}
