package org.perk4j.model.gemma3;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.tck.ModelContract;
import org.perk4j.tck.PeftContract;
import org.perk4j.tensor.DType;

/**
 * From files of transformers 5 and of older ones. Hugging Face has rotary angles and root mean
 * squares in float32 even in float64 models.
 */
class Gemma3ContractTest extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new Gemma3();
    }

    @Override
    protected List<String> references() {
        return List.of("gemma3", "gemma3-older");
    }

    @Override
    protected DType precisionOfReferences() {
        return DType.FLOAT32;
    }

    @Override
    protected List<String> variants() {
        return List.of("near", "far");
    }

    @Override
    protected Model oneBlock(String variant) {
        return model(1, 6, Map.of("head_dim", 4.0, "query_pre_attn_scalar", 3.0, "sliding_window", 3.0,
                "sliding_window_pattern", variant.equals("near") ? 2.0 : 1.0));
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
        return new Gemma3().create(config);
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
