package org.perk4j.model.qwen2;

import java.util.Map;
import java.util.function.IntFunction;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Rotation;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.AttentionSpec;

/**
 * Qwen2 and Qwen2.5 (Yang et al. 2024), as Hugging Face's {@code Qwen2ForCausalLM} computes them: Llama with biases on
 * queries, keys and values, and optionally layers with a sliding window.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "qwen2")
public final class Qwen2 implements DecoderType {

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("qwen2", config);
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        boolean windows = parts.keys().flag("use_sliding_window");
        IntFunction<AttentionSpec> specs = parts.windows(new AttentionSpec(parts.heads()),
                layer -> windows && layer >= parts.keys().count("max_window_layers", 28), 4096);
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, specs.apply(layer), rotation, true, false),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, parts.activation("hidden_act", "silu"), false));
        });
    }
}
