package org.perk4j.model.smollm3;

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;

/** The second layer unrotated; or the first, with a window and with biases. */
class SmolLm3ContractTest extends LlamaLikeContract {

    SmolLm3ContractTest() {
        super(new SmolLm3(), List.of("smollm3", "smollm3-window"), Map.of("head_dim", 4.0),
                Map.of("rotated", Map.of("no_rope_layers", List.of(1.0)),
                        "unrotated", Map.of("no_rope_layers", List.of(0.0))));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
