package org.perk4j.model.olmo2;

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
 * With biases and none, tied heads and others. Hugging Face has rotary angles and root mean squares in float32 even in
 * float64 models.
 */
class Olmo2ContractTest extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new Olmo2();
    }

    @Override
    protected List<String> references() {
        return List.of("olmo2", "olmo2-biased");
    }

    @Override
    protected DType precisionOfReferences() {
        return DType.FLOAT32;
    }

    @Override
    protected List<String> variants() {
        return List.of("default");
    }

    @Override
    protected Model oneBlock(String variant) {
        return model(1, 6, Map.of("head_dim", 4.0, "attention_bias", true));
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
        return new Olmo2().create(config);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
