package org.perk4j.adapter.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.tck.AdapterContract;
import org.perk4j.tensor.DType;

class PromptContractTest extends AdapterContract<PromptOptions> {

    private static final Map<String, Object> CONFIG = Map.of("vocab_size", 11.0, "n_positions", 12.0, "n_embd", 8.0,
            "n_layer", 2.0, "n_head", 2.0);

    @Override
    protected AdapterType<PromptOptions> type() {
        return new Prompt();
    }

    @Override
    protected List<PromptOptions> options() {
        return List.of(new PromptOptions(1, 0.02), new PromptOptions(3, 0.5));
    }

    @Override
    protected ModelType model(String modelType) {
        return switch (modelType) {
            case "gpt2" -> new Gpt2();
            case "qwen2" -> new Qwen2();
            default -> new Llama();
        };
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Override
    protected Optional<String> reasonAgainstMerging() {
        return Optional.of("virtual tokens");
    }

    /** By tools/peft_reference.py. */
    @Override
    protected List<Made> byPeft() {
        return made("gpt2-plain", "gpt2-encoded", "llama-plain", "llama-encoded", "qwen2-plain", "qwen2-encoded");
    }

    @Test
    void whatTheModelCantReadIsRefusedAtOnce() {
        Model model = new Gpt2().create(CONFIG);
        refused("numVirtualTokens", () -> type().create(new PromptOptions(12, 1), model));
        Model without = (Model) Proxy.newProxyInstance(Model.class.getClassLoader(), new Class<?>[] {Model.class},
                (proxy, method, arguments) -> method.getName().equals("readsVirtualTokens") ? false
                        : method.invoke(model, arguments));
        refused("type", () -> type().create(new PromptOptions(2, 1), without));
    }

    @Test
    void impossibleOptionsAreRefusedByName() {
        refused("numVirtualTokens", () -> new PromptOptions(0, 1));
        refused("standardDeviation", () -> new PromptOptions(1, 0));
        refused("standardDeviation", () -> new PromptOptions(1, Double.NaN));
    }

    @Test
    void withWeightsOfTheBaseBesideItItStillHasItsTokens() {
        Model model = model("gpt2").create(CONFIG);
        Adapter adapter = new LearnedWeights("none", List.of("ln_f"))
                .beside(type().create(new PromptOptions(3, 0.02), model), List.of(), model);
        assertEquals(3, adapter.virtualTokens());
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Parameters values = new Parameters(adapter.parameters().stream().map(ParameterSpec::name).toList(),
                    adapter.parameters().stream().map(spec -> compute.fill(spec.shape(), 1)).toList());
            assertEquals(3, adapter.with(values, Dropout.NONE).virtualTokens().orElseThrow().count());
        }
    }

    @Test
    void configurationsThatDoSomethingElseAreRefused() {
        refused("num_virtual_tokens", () -> type().ofPeft(Map.of("peft_type", "P_TUNING")));
        refused("modules_to_save", () -> type().ofPeft(Map.of("peft_type", "P_TUNING", "num_virtual_tokens", 2.0,
                "modules_to_save", List.of("lm_head"))));
        refused("num_transformer_submodules", () -> type().ofPeft(Map.of("peft_type", "P_TUNING",
                "num_virtual_tokens", 2.0, "num_transformer_submodules", 2.0)));
        assertEquals(Optional.empty(), type().ofPeft(Map.of("peft_type", "LORA")));
    }

    private static void refused(String key, Executable how) {
        String message = assertThrows(IllegalArgumentException.class, how).getMessage();
        assertTrue(message.startsWith(key), message);
    }
}
