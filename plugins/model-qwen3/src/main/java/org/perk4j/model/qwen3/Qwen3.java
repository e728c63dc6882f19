package org.perk4j.model.qwen3;

import java.util.Map;
import java.util.function.IntFunction;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Norm;
import org.perk4j.decoder.Rotation;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.AttentionSpec;

/**
 * Qwen3 (Yang et al. 2025), as Hugging Face's {@code Qwen3ForCausalLM} computes it: Llama with queries and keys normalized,
 * head by head, and optionally layers with a sliding window.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "qwen3")
public final class Qwen3 implements DecoderType {

    /** The default of {@code head_dim}. */
    private static final int HEAD = 128;

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("qwen3", config, HEAD);
        int head = parts.heads().size();
        Rotation rotation = Rotation.of(parts.keys(), head);
        boolean biased = parts.keys().flag("attention_bias");
        boolean windows = parts.keys().flag("use_sliding_window");
        IntFunction<AttentionSpec> specs = parts.windows(new AttentionSpec(parts.heads()),
                layer -> windows && layer >= parts.keys().count("max_window_layers", 28), 4096);
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, specs.apply(layer), rotation, biased, biased).withNorms(
                            Norm.rootMeanSquare(name + ".self_attn.q_norm", head, parts.epsilon()),
                            Norm.rootMeanSquare(name + ".self_attn.k_norm", head, parts.epsilon())),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, parts.activation("hidden_act", "silu"), false));
        });
    }
}
