package org.perk4j.model.olmo2;

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;

/** With biases and none, tied heads and others. */
class Olmo2ContractTest extends LlamaLikeContract {

    Olmo2ContractTest() {
        super(new Olmo2(), List.of("olmo2", "olmo2-biased"), Map.of("head_dim", 4.0),
                Map.of("biased", Map.of("attention_bias", true)));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
