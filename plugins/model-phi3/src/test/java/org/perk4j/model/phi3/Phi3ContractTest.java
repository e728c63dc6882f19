package org.perk4j.model.phi3;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.tck.ModelContract;
import org.perk4j.tensor.DType;

/**
 * With a window, and with LongRoPE of the first columns of heads, from a file of transformers 4. Hugging Face has rotary
 * angles and root mean squares in float32 even in float64 models.
 */
class Phi3ContractTest extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new Phi3();
    }

    @Override
    protected List<String> references() {
        return List.of("phi3", "phi3-long");
    }

    @Override
    protected DType precisionOfReferences() {
        return DType.FLOAT32;
    }

    @Override
    protected List<String> variants() {
        return List.of("window", "longRopeOfFirstColumns");
    }

    @Override
    protected Model oneBlock(String variant) {
        return model(1, 6, variant.equals("window") ? Map.of("head_dim", 4.0, "sliding_window", 3.0)
                : Map.of("head_dim", 8.0, "partial_rotary_factor", 0.5, "original_max_position_embeddings", 6.0,
                        "rope_scaling", Map.of("type", "longrope", "short_factor", List.of(1.0, 2.0), "factor", 4.0)));
    }

    @Override
    protected Model blocks(int count) {
        return model(count, 20, Map.of("head_dim", 4.0));
    }

    private static Model model(int layers, int positions, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of("vocab_size", 11.0, "max_position_embeddings", (double) positions,
                "hidden_size", 8.0, "intermediate_size", 12.0, "num_hidden_layers", (double) layers,
                "num_attention_heads", 4.0, "num_key_value_heads", 2.0));
        config.putAll(more);
        return new Phi3().create(config);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
