package org.perk4j.model.gemma2;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** With soft caps and without, with biases and none. */
class Gemma2ContractTest extends LlamaLikeContract {

    Gemma2ContractTest() {
        super(new Gemma2(), List.of("gemma2", "gemma2-uncapped"), Map.of("head_dim", 4.0),
                Map.of("near", oneLayer("sliding_attention"), "far", oneLayer("full_attention")));
    }

    private static Map<String, Object> oneLayer(String type) {
        return Map.of("query_pre_attn_scalar", 3.0, "attn_logit_softcapping", 2.0, "final_logit_softcapping", 3.0,
                "sliding_window", 3.0, "layer_types", List.of(type));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(Gemma2ContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
