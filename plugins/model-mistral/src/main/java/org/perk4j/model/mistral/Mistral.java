package org.perk4j.model.mistral;

import java.util.Map;
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
 * Mistral (Jiang et al. 2023), as Hugging Face's {@code MistralForCausalLM} computes it: Llama with a sliding window in all
 * layers, unless {@code sliding_window} is null.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "mistral")
public final class Mistral implements DecoderType {

    private static final String WINDOW = "sliding_window";

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("mistral", config);
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        AttentionSpec all = new AttentionSpec(parts.heads());
        AttentionSpec spec = parts.keys().isNull(WINDOW) ? all : all.within(parts.keys().count(WINDOW, 4096));
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, spec, rotation, false, false),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, parts.activation("hidden_act", "silu"), false));
        });
    }
}
