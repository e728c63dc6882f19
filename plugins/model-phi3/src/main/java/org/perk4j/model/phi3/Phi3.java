package org.perk4j.model.phi3;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Rotation;
import org.perk4j.formats.ModelConfig;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;

/**
 * Phi-3, Phi-3.5-mini, Phi-4 and Phi-4-mini (Abdin et al. 2024), as Hugging Face's {@code Phi3ForCausalLM} computes them:
 * like Mistral, but one layer computes queries, keys and values, and one both factors of the gated MLP. Phi-4-mini rotates
 * only the first columns of each head.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "phi3")
public final class Phi3 implements DecoderType {

    private static final String WINDOW = "sliding_window";

    private static final Map<String, Object> DEFAULTS = Map.of("rms_norm_eps", 1e-5,
            "original_max_position_embeddings", 4096.0);

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("phi3", config, DEFAULTS);
        ModelConfig keys = parts.keys();
        for (String biased : new String[] {"attention_bias", "mlp_bias", "lm_head_bias"}) {
            keys.requireOnly(biased, false, "no Phi-3 has it");
        }
        Rotation rotation = Rotation.ofFirstColumns(keys, parts.heads().size());
        AttentionSpec all = new AttentionSpec(parts.heads());
        AttentionSpec spec = keys.has(WINDOW) ? all.within(keys.count(WINDOW)) : all;
        Activation activation = parts.activation("hidden_act", "silu");
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.fusedAttention(name, spec, rotation),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.fusedMlp(name, activation));
        });
    }
}
