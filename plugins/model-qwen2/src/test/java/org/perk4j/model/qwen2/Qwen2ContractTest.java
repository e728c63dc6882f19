package org.perk4j.model.qwen2;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** With tied heads and others, and with a window. */
class Qwen2ContractTest extends LlamaLikeContract {

    Qwen2ContractTest() {
        super(new Qwen2(), List.of("qwen2", "qwen2-untied", "qwen2-window"), Map.of(),
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
            super(Qwen2ContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
