package org.perk4j.model.phi3;

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;

/** With a window, and with LongRoPE of the first columns of heads, from a file of transformers 4. */
class Phi3ContractTest extends LlamaLikeContract {

    Phi3ContractTest() {
        super(new Phi3(), List.of("phi3", "phi3-long"), Map.of("head_dim", 4.0),
                Map.of("window", Map.of("sliding_window", 3.0),
                        "longRopeOfFirstColumns", Map.of("head_dim", 8.0, "partial_rotary_factor", 0.5,
                                "original_max_position_embeddings", 6.0, "rope_scaling",
                                Map.of("type", "longrope", "short_factor", List.of(1.0, 2.0), "factor", 4.0))));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
