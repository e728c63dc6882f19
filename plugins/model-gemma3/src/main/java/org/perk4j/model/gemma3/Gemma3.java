package org.perk4j.model.gemma3;

import java.util.Map;
import java.util.function.IntFunction;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.Embedding;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Norm;
import org.perk4j.decoder.Rotation;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.formats.ModelConfig;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;

/**
 * Gemma 3's language model (Gemma Team 2025), as Hugging Face's {@code Gemma3ForCausalLM} computes it: Gemma 2 with
 * queries and keys normalized, head by head, instead of soft caps, and five layers with a sliding window and a rotation of
 * their own for each layer that attends to all tokens.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "gemma3_text")
public final class Gemma3 implements DecoderType {

    /** The default of {@code head_dim}, and of the number by whose root scores are divided. */
    private static final int HEAD = 256;

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("gemma3_text", config, HEAD);
        parts.keys().requireOnly("use_bidirectional_attention", false, "tokens attend to preceding tokens only");
        Activation activation = parts.activation("hidden_activation", "gelu_pytorch_tanh");
        int pattern = parts.keys().count("sliding_window_pattern", 6);
        AttentionSpec all = new AttentionSpec(parts.heads())
                .scaled(1 / Math.sqrt(parts.keys().positiveNumber("query_pre_attn_scalar", HEAD)))
                .capped(parts.softCap("attn_logit_softcapping", AttentionSpec.UNCAPPED));
        IntFunction<AttentionSpec> specs = parts.windows(all, layer -> (layer + 1) % pattern != 0, 4096);
        Rotation far = far(parts.keys(), parts.heads().size());
        Rotation near = near(parts.keys(), parts.heads().size());
        Embedding embedding = parts.embedding(Math.sqrt(parts.size().width()));
        return new Architecture(parts.size(), embedding, layer -> {
            String name = LlamaConfig.layer(layer);
            AttentionSpec spec = specs.apply(layer);
            return new Block(norm(parts, name + ".input_layernorm"),
                    attention(parts, name, spec, spec.equals(all) ? far : near),
                    norm(parts, name + ".post_attention_layernorm"),
                    norm(parts, name + ".pre_feedforward_layernorm"),
                    parts.mlp(name, activation, false),
                    norm(parts, name + ".post_feedforward_layernorm"));
        }, norm(parts, LlamaConfig.LAST_NORM), parts.head(embedding, parts.tied(true),
                parts.softCap("final_logit_softcapping", AttentionSpec.UNCAPPED)));
    }

    private static SelfAttention attention(LlamaConfig parts, String name, AttentionSpec spec, Rotation rotation) {
        boolean biased = parts.keys().flag("attention_bias");
        int head = parts.heads().size();
        return parts.attention(name, spec, rotation, biased, biased).withNorms(
                Norm.rootMeanSquareFromOne(name + ".self_attn.q_norm", head, parts.epsilon()),
                Norm.rootMeanSquareFromOne(name + ".self_attn.k_norm", head, parts.epsilon()));
    }

    private static Norm norm(LlamaConfig parts, String name) {
        return Norm.rootMeanSquareFromOne(name, parts.size().width(), parts.epsilon());
    }

    /** Files of transformers 5 describe both rotations in one object, older ones mostly beside {@code rope_scaling}. */
    private static Rotation far(ModelConfig keys, int head) {
        ModelConfig rope = keys.object("rope_parameters").object("full_attention");
        return Rotation.of(keys, keys.has("rope_parameters") ? rope : keys.object("rope_scaling"), 1_000_000, head);
    }

    private static Rotation near(ModelConfig keys, int head) {
        ModelConfig rope = keys.object("rope_parameters").object("sliding_attention");
        return keys.has("rope_parameters") ? Rotation.of(keys, rope, 10_000, head)
                : Rotation.plain(keys.positiveNumber("rope_local_base_freq", 10_000), head);
    }
}
