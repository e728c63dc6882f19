package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tck.SmallModel;
import org.perk4j.tck.SmallModel.Reference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * LoRA on all linear layers against what Hugging Face PEFT saves, and computes in float64 on the same weights, but for
 * rotary angles and root mean squares in float32: those move gradients by up to 4e-6.
 */
class PeftTest {

    @ParameterizedTest
    @CsvSource({"llama, FLOAT32, 1e-5", "llama, FLOAT64, 3e-6", "llama-tied, FLOAT32, 1e-5", "llama-tied, FLOAT64, 3e-6",
        "llama-biased, FLOAT32, 1e-5", "llama-biased, FLOAT64, 3e-6", "qwen2, FLOAT32, 1e-5", "qwen2, FLOAT64, 3e-6",
        "qwen2-untied, FLOAT32, 1e-5", "qwen2-untied, FLOAT64, 3e-6"})
    void adaptedLogitsAreTheSame(String folder, DType dtype, double tolerance) throws IOException {
        try (SmallModel small = SmallModel.open(type -> type.equals("llama") ? new Llama() : new Qwen2(), folder, dtype)) {
            Adapter adapter = adapter(folder, small);
            List<Reference> references = Reference.of(folder);
            Tensor logits = small.model().logits(small.compute(), small.weights(), small.model().hidden(small.compute(),
                    small.weights(), tokens(references), adapter.with(values(folder, adapter, small), Dropout.NONE)));
            double[] expected = references.stream().flatMapToDouble(r -> Arrays.stream(r.doubles("adapted"))).toArray();
            assertClose(expected, small.compute().download(logits), tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({"llama, FLOAT32, 2e-5", "llama, FLOAT64, 1e-5", "llama-tied, FLOAT32, 2e-5", "llama-tied, FLOAT64, 1e-5",
        "llama-biased, FLOAT32, 2e-5", "llama-biased, FLOAT64, 1e-5", "qwen2, FLOAT32, 2e-5", "qwen2, FLOAT64, 1e-5",
        "qwen2-untied, FLOAT32, 2e-5", "qwen2-untied, FLOAT64, 1e-5"})
    void gradientsOfAdapterAndModelAreTheSame(String folder, DType dtype, double tolerance) throws IOException {
        try (SmallModel small = SmallModel.open(type -> type.equals("llama") ? new Llama() : new Qwen2(), folder, dtype);
                Safetensors expected = Safetensors.open(SmallModel.resource(folder).resolve("gradients.safetensors"))) {
            Adapter adapter = adapter(folder, small);
            Parameters values = values(folder, adapter, small);
            List<Reference> references = Reference.of(folder);
            List<Tensor> variables = new ArrayList<>(values.tensors());
            variables.addAll(small.weights().tensors());
            List<String> names = new ArrayList<>(values.names());
            names.addAll(small.weights().names());
            List<Tensor> gradients = new ReverseMode().gradient(small.compute(), (ops, at) -> List.of(loss(ops, small,
                    references, adapter, values.with(at.subList(0, values.size())),
                    small.weights().with(at.subList(values.size(), at.size())))), variables).gradients();
            assertEquals(expected.names(), new HashSet<>(names));
            for (int i = 0; i < names.size(); i++) {
                float[] theirs = expected.read(names.get(i));
                assertClose(IntStream.range(0, theirs.length).mapToDouble(j -> theirs[j]).toArray(),
                        small.compute().download(gradients.get(i)), tolerance);
            }
        }
    }

    /** The mean over all tokens that have a predecessor. */
    private static Tensor loss(Ops ops, SmallModel small, List<Reference> references, Adapter adapter, Parameters values,
                               Parameters weights) {
        Tokens tokens = tokens(references);
        int[] targets = references.stream().flatMapToInt(r -> IntStream.concat(Arrays.stream(r.tokens()).skip(1),
                IntStream.of(-1))).toArray();
        Tensor hidden = small.model().hidden(ops, weights, tokens, adapter.with(values, Dropout.NONE));
        Tensor losses = ops.tokenLoss(hidden, weights.get(small.model().head()), targets, false).loss();
        return ops.scale(ops.sumRows(losses), 1.0 / (targets.length - references.size()));
    }

    private static Tokens tokens(List<Reference> references) {
        return Tokens.of(references.stream().map(Reference::tokens).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-biased", "qwen2", "qwen2-untied"})
    void parametersAndConfigurationAreThoseOfTheFiles(String folder) throws IOException {
        try (SmallModel small = SmallModel.open(type -> type.equals("llama") ? new Llama() : new Qwen2(), folder, DType.FLOAT32);
                Safetensors file = Safetensors.open(SmallModel.resource(folder).resolve("lora/adapter_model.safetensors"))) {
            Adapter adapter = adapter(folder, small);
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

    private static Adapter adapter(String folder, SmallModel small) throws IOException {
        Map<String, Object> saved = configuration(folder);
        List<String> targets = ((List<?>) saved.get("target_modules")).stream().map(String.class::cast).toList();
        LoraOptions options = new LoraOptions(((Number) saved.get("r")).intValue(),
                ((Number) saved.get("lora_alpha")).doubleValue(), (boolean) saved.get("use_rslora"),
                ((Number) saved.get("lora_dropout")).doubleValue(), targets, 0, 0);
        return new Lora().create(options, small.model().sites());
    }

    private static Parameters values(String folder, Adapter adapter, SmallModel small) throws IOException {
        Path file = SmallModel.resource(folder).resolve("lora/adapter_model.safetensors");
        return SmallModel.read(small.compute(), file, adapter.parameters());
    }

    private static Map<String, Object> configuration(String folder) throws IOException {
        Path file = SmallModel.resource(folder).resolve("lora/adapter_config.json");
        return Json.readObject(file);
    }
}
