package org.perk4j.model.qwen3;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** With tied heads and others, biases and none, and with a window. */
class Qwen3ContractTest extends LlamaLikeContract {

    Qwen3ContractTest() {
        super(new Qwen3(), List.of("qwen3", "qwen3-window"), Map.of("head_dim", 4.0),
                Map.of("whole", Map.of("sliding_window", 3.0, "layer_types", List.of("full_attention")),
                        "window", Map.of("sliding_window", 3.0, "layer_types", List.of("sliding_attention"))));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(Qwen3ContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
