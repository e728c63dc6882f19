package org.perk4j.model.qwen2;

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
 * With tied heads and others, and with a window. Hugging Face has rotary angles and root mean
 * squares in float32 even in float64 models.
 */
class Qwen2ContractTest extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new Qwen2();
    }

    @Override
    protected List<String> references() {
        return List.of("qwen2", "qwen2-untied", "qwen2-window");
    }

    @Override
    protected DType precisionOfReferences() {
        return DType.FLOAT32;
    }

    @Override
    protected List<String> variants() {
        return List.of("whole", "window");
    }

    @Override
    protected Model oneBlock(String variant) {
        return model(1, 6, Map.of("sliding_window", 3.0,
                "layer_types", List.of(variant.equals("window") ? "sliding_attention" : "full_attention")));
    }

    @Override
    protected Model blocks(int count) {
        return model(count, 20, Map.of());
    }

    private static Model model(int layers, int positions, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of("vocab_size", 11.0, "max_position_embeddings", (double) positions,
                "hidden_size", 8.0, "intermediate_size", 12.0, "num_hidden_layers", (double) layers,
                "num_attention_heads", 4.0, "num_key_value_heads", 2.0));
        config.putAll(more);
        return new Qwen2().create(config);
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
