package org.perk4j.model.gpt2;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.tck.ModelContract;
import org.perk4j.tck.PeftContract;

/** With both of GPT-2's activations. */
class Gpt2ContractTest extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new Gpt2();
    }

    @Override
    protected List<String> references() {
        return List.of("gpt2");
    }

    @Override
    protected List<String> variants() {
        return List.of("gelu_new", "gelu");
    }

    @Override
    protected Model oneBlock(String variant) {
        return new Gpt2().create(Map.of("vocab_size", 11.0, "n_positions", 6.0, "n_embd", 8.0, "n_layer", 1.0, "n_head", 2.0,
                "n_inner", 12.0, "activation_function", variant));
    }

    @Override
    protected Model blocks(int count) {
        return new Gpt2().create(Map.of("vocab_size", 11.0, "n_positions", 20.0, "n_embd", 8.0, "n_layer", (double) count,
                "n_head", 2.0));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(Gpt2ContractTest.this, new Lora(), List.of("gpt2/lora", "gpt2/lora-rank-stabilised"));
        }
    }
}
