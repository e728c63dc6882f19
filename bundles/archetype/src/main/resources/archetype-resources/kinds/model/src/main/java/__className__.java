package ${package};

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
import org.perk4j.tensor.AttentionSpec;

/**
 * What jobs pick by {@code "model": {"type": "${type}"}}, and {@code config.json} by {@code "model_type": "${type}"}: a
 * decoder like Llama, with two differences. Queries and keys are normalized, head by head. And every
 * {@code full_attention_every}th layer attends to all tokens, the others to the nearest {@code sliding_window} only.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "${type}")
public final class ${className} implements DecoderType {

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("${type}", config); // the keys that models like Llama have in common
        AttentionSpec all = new AttentionSpec(parts.heads());
        AttentionSpec nearest = all.within(parts.keys().count("sliding_window", 128));
        int every = parts.keys().count("full_attention_every", 4);
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            AttentionSpec attention = (layer + 1) % every == 0 ? all : nearest;
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, attention, rotation, false, false).withNorms(
                            normOfHeads(parts, name + ".self_attn.q_norm"), normOfHeads(parts, name + ".self_attn.k_norm")),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, parts.activation("hidden_act", "silu"), false));
        });
    }

    private static Norm normOfHeads(LlamaConfig parts, String name) {
        return Norm.rootMeanSquare(name, parts.heads().size(), parts.epsilon());
    }
}
