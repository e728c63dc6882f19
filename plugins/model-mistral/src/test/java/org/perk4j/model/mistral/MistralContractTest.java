package org.perk4j.model.mistral;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** With a window and without one. */
class MistralContractTest extends LlamaLikeContract {

    MistralContractTest() {
        super(new Mistral(), List.of("mistral", "mistral-whole"), Map.of(),
                Map.of("window", Map.of("sliding_window", 3.0)));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(MistralContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
