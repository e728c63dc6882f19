package org.perk4j.model.gemma2;

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
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;

/**
 * Gemma 2 (Gemma Team 2024), as Hugging Face's {@code Gemma2ForCausalLM} computes it: scaled embeddings; RMS norms, whose
 * gains are 1 plus their weights, before and after attention and MLP; a sliding window in every other layer; and soft caps
 * on attention scores and logits.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "gemma2")
public final class Gemma2 implements DecoderType {

    /** The default of {@code head_dim}, and of the number by whose root scores are divided. */
    private static final int HEAD = 256;

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("gemma2", config, HEAD);
        parts.keys().requireOnly("use_bidirectional_attention", false, "tokens attend to preceding tokens only");
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        boolean biased = parts.keys().flag("attention_bias");
        Activation activation = parts.activation("hidden_activation", "gelu_pytorch_tanh");
        IntFunction<AttentionSpec> specs = parts.windows(new AttentionSpec(parts.heads())
                .scaled(1 / Math.sqrt(parts.keys().positiveNumber("query_pre_attn_scalar", HEAD)))
                .capped(parts.softCap("attn_logit_softcapping", 50)), layer -> layer % 2 == 0, 4096);
        Embedding embedding = parts.embedding(Math.sqrt(parts.size().width()));
        return new Architecture(parts.size(), embedding, layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(norm(parts, name + ".input_layernorm"),
                    parts.attention(name, specs.apply(layer), rotation, biased, biased),
                    norm(parts, name + ".post_attention_layernorm"),
                    norm(parts, name + ".pre_feedforward_layernorm"),
                    parts.mlp(name, activation, false),
                    norm(parts, name + ".post_feedforward_layernorm"));
        }, norm(parts, LlamaConfig.LAST_NORM), parts.head(embedding, parts.tied(true),
                parts.softCap("final_logit_softcapping", 30)));
    }

    private static Norm norm(LlamaConfig parts, String name) {
        return Norm.rootMeanSquareFromOne(name, parts.size().width(), parts.epsilon());
    }
}
