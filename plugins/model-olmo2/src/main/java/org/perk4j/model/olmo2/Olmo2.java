package org.perk4j.model.olmo2;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Norm;
import org.perk4j.decoder.Rotation;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;

/**
 * OLMo 2 (OLMo et al. 2024), as Hugging Face's {@code Olmo2ForCausalLM} computes it: like Llama, but the outputs of
 * attention and MLP are normalized rather than their inputs, and so are queries and keys, all heads of a token together.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "olmo2")
public final class Olmo2 implements DecoderType {

    private static final Map<String, Object> DEFAULTS = Map.of("rms_norm_eps", 1e-5);

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("olmo2", config, DEFAULTS);
        parts.keys().refuse("clip_qkv", "OLMo 2 doesn't clip, OLMo 1 does");
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        AttentionSpec spec = new AttentionSpec(parts.heads());
        boolean biased = parts.keys().flag("attention_bias");
        Activation activation = parts.activation("hidden_act", "silu");
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            Norm ofQueries = Norm.rootMeanSquare(name + ".self_attn.q_norm", parts.heads().queryColumns(), parts.epsilon());
            Norm ofKeys = Norm.rootMeanSquare(name + ".self_attn.k_norm", parts.heads().keyValueColumns(), parts.epsilon());
            return new Block(null,
                    parts.attention(name, spec, rotation, biased, biased).withNormsOfAllHeads(ofQueries, ofKeys),
                    parts.norm(name + ".post_attention_layernorm"),
                    null,
                    parts.mlp(name, activation, false),
                    parts.norm(name + ".post_feedforward_layernorm"));
        });
    }
}
