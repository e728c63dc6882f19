package org.perk4j.adapter.adalora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.tck.AdapterContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

class AdaLoraContractTest extends AdapterContract<AdaLoraOptions> {

    @Override
    protected AdapterType<AdaLoraOptions> type() {
        return new AdaLora();
    }

    @Override
    protected List<AdaLoraOptions> options() {
        return List.of(options(Map.of("initR", 3, "targetR", 3)), options(Map.of("initR", 3, "targetR", 2)));
    }

    private static AdaLoraOptions options(Map<String, ?> job) {
        return Options.bind(JsonValue.of(job), AdaLoraOptions.class);
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
        return made("gpt2-plain", "llama-plain", "gpt2-pruned", "qwen2-pruned");
    }

    private Model gpt2() {
        return model("gpt2").create(Map.of("vocab_size", 11.0, "n_positions", 12.0, "n_embd", 8.0, "n_layer", 1.0,
                "n_head", 2.0));
    }

    /** Of A with orthonormal rows of length 2 and B of zeros: the means of ‖4I - I‖² = 9·2 and ‖-I‖² = 2. */
    @Test
    void penaltyIsHowFarTheFactorsAreFromOrthonormal() {
        Adapter adapter = new AdaLora().create(options(Map.of("initR", 2, "targetR", 2, "orthRegWeight", 0.5)), gpt2());
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            List<Tensor> values = adapter.parameters().stream().map(spec -> {
                double[] elements = new double[(int) spec.shape().size()];
                if (spec.name().endsWith("lora_A")) {
                    elements[0] = 2;
                    elements[spec.shape().columns() + 1] = -2;
                }
                return compute.constant(spec.shape(), elements);
            }).toList();
            Tensor penalty = adapter.penalty(compute,
                    new Parameters(adapter.parameters().stream().map(ParameterSpec::name).toList(), values)).orElseThrow();
            assertEquals(0.5 * (18 + 2) / 2, compute.download(penalty)[0], 1e-12);
        }
        assertTrue(new AdaLora().create(options(Map.of("orthRegWeight", 0)), gpt2()).penalty(null, null).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'targetR': 13}                                  | targetR must be from 1 to initR, which is 12",
        "{'initR': 2, 'targetR': 2, 'rankPattern': {'x.lora_E': [true]}}         | rankPattern.x.lora_E: must be a list of",
        "{'initR': 2, 'targetR': 2, 'rankPattern': {'x.lora_E': [true, false]}}  | rankPattern.x.lora_E: there is no such",
        "{'initR': 2, 'targetR': 1, 'rankPattern': {'x.lora_E': [true, false]}}  | rankPattern: the ranks are already",
        "{'rankPattern': 3}                               | rankPattern: must be an object"})
    void whatDoesNotFitIsRefusedByName(String job, String expected) throws IOException {
        Map<String, Object> keys = Json.parseObject(job.replace('\'', '"'));
        String message = assertThrows(IllegalArgumentException.class, () -> new AdaLora().create(options(keys), gpt2()))
                .getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
