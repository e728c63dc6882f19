package org.perk4j.model.gpt2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Tokens;
import org.perk4j.tck.SmallModel;
import org.perk4j.tck.SmallModel.Reference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** LoRA on GPT-2 against what Hugging Face PEFT saves, and computes in float64 on the same weights. */
class PeftTest {

    @ParameterizedTest
    @CsvSource({"lora, FLOAT32, 1e-5", "lora, FLOAT64, 1e-12",
        "lora-rank-stabilised, FLOAT32, 1e-5", "lora-rank-stabilised, FLOAT64, 1e-12"})
    void adaptedLogitsAreTheSame(String folder, DType dtype, double tolerance) throws IOException {
        try (SmallModel small = SmallModel.open(type -> new Gpt2(), "gpt2", dtype)) {
            Adapter adapter = adapter(folder, small.model());
            Adaptation adaptation = adapter.with(SmallModel.read(small.compute(),
                    SmallModel.resource(folder).resolve("adapter_model.safetensors"), adapter.parameters()), Dropout.NONE);
            List<Reference> references = Reference.of(folder);
            Tokens tokens = Tokens.of(references.stream().map(Reference::tokens).toList());
            Tensor logits = small.model().logits(small.compute(), small.weights(),
                    small.model().hidden(small.compute(), small.weights(), tokens, adaptation));
            double[] expected = references.stream().flatMapToDouble(r -> Arrays.stream(r.doubles("logits"))).toArray();
            assertClose(expected, small.compute().download(logits), tolerance);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "lora-rank-stabilised"})
    void parametersAndConfigurationAreThoseOfTheFiles(String folder) throws IOException {
        try (SmallModel small = SmallModel.open(type -> new Gpt2(), "gpt2", DType.FLOAT32);
                Safetensors file = Safetensors.open(SmallModel.resource(folder).resolve("adapter_model.safetensors"))) {
            Adapter adapter = adapter(folder, small.model());
            Set<String> names = new HashSet<>();
            for (ParameterSpec parameter : adapter.parameters()) {
                names.add(parameter.name());
                assertArrayEquals(file.dimensions(parameter.name()),
                        new int[] {parameter.shape().rows(), parameter.shape().columns()}, parameter.name());
            }
            assertEquals(file.names(), names);

            Map<String, Object> saved = configuration(folder);
            adapter.configuration().forEach((key, ours) -> assertEquals(comparable(saved.get(key)), comparable(ours), key));
        }
    }

    private static Object comparable(Object value) {
        if (value instanceof List<?> list) {
            return new HashSet<>(list);
        }
        return value instanceof Number number ? number.doubleValue() : value;
    }

    private static Adapter adapter(String folder, Model model) throws IOException {
        Map<String, Object> saved = configuration(folder);
        List<String> targets = ((List<?>) saved.get("target_modules")).stream().map(String.class::cast).toList();
        LoraOptions options = new LoraOptions(((Number) saved.get("r")).intValue(),
                ((Number) saved.get("lora_alpha")).doubleValue(), (boolean) saved.get("use_rslora"),
                ((Number) saved.get("lora_dropout")).doubleValue(), targets, 0, 0);
        return new Lora().create(options, model.sites());
    }

    private static Map<String, Object> configuration(String folder) throws IOException {
        Path file = SmallModel.resource(folder).resolve("adapter_config.json");
        return Json.readObject(file);
    }
}
