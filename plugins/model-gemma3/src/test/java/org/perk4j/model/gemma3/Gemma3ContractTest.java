package org.perk4j.model.gemma3;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** From files of transformers 5 and of older ones. */
class Gemma3ContractTest extends LlamaLikeContract {

    Gemma3ContractTest() {
        super(new Gemma3(), List.of("gemma3", "gemma3-older"), Map.of("head_dim", 4.0),
                Map.of("near", oneLayer(2), "far", oneLayer(1)));
    }

    /** @param pattern every how many layers one attends to all tokens */
    private static Map<String, Object> oneLayer(double pattern) {
        return Map.of("query_pre_attn_scalar", 3.0, "sliding_window", 3.0, "sliding_window_pattern", pattern);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(Gemma3ContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
