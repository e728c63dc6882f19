package org.perk4j.model.llama;

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

/** Llama (Touvron et al. 2023), and models of its architecture, such as SmolLM2: Hugging Face's {@code LlamaForCausalLM}. */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "llama")
public final class Llama implements DecoderType {

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("llama", config);
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        boolean biased = parts.keys().flag("attention_bias");
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, new AttentionSpec(parts.heads()), rotation, biased, biased),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, parts.activation("hidden_act", "silu"), parts.keys().flag("mlp_bias")));
        });
    }
}
