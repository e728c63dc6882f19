package org.perk4j.model.smollm3;

import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.LlamaConfig;
import org.perk4j.decoder.Rotation;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;

/**
 * SmolLM3 (Bakouch et al. 2025), as Hugging Face's {@code SmolLM3ForCausalLM} computes it: like Llama, but without rotation
 * in every fourth layer, or in those that {@code no_rope_layers} marks.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "smollm3")
public final class SmolLm3 implements DecoderType {

    private static final Map<String, Object> DEFAULTS = Map.of("num_key_value_heads", 4.0, "rope_theta", 2e6,
            "tie_word_embeddings", true);

    @Override
    public Architecture architecture(Map<String, Object> config) {
        LlamaConfig parts = LlamaConfig.of("smollm3", config, DEFAULTS);
        IntPredicate rotated = rotated(parts);
        Rotation rotation = Rotation.of(parts.keys(), parts.heads().size());
        boolean windows = parts.keys().flag("use_sliding_window") && parts.keys().has("sliding_window");
        IntFunction<AttentionSpec> specs = parts.windows(new AttentionSpec(parts.heads()),
                layer -> windows && !rotated.test(layer), 4096);
        boolean biased = parts.keys().flag("attention_bias");
        boolean biasedMlp = parts.keys().flag("mlp_bias");
        Activation activation = parts.activation("hidden_act", "silu");
        return parts.architecture(layer -> {
            String name = LlamaConfig.layer(layer);
            return new Block(parts.norm(name + ".input_layernorm"),
                    parts.attention(name, specs.apply(layer), rotated.test(layer) ? rotation : null, biased, biased),
                    parts.norm(name + ".post_attention_layernorm"),
                    parts.mlp(name, activation, biasedMlp));
        });
    }

    /** In {@code no_rope_layers}, 1 stands for a layer with rotation, and 0 for one without. */
    private static IntPredicate rotated(LlamaConfig parts) {
        String key = "no_rope_layers";
        if (!parts.keys().has(key)) {
            int interval = parts.keys().count("no_rope_layer_interval", 4);
            return layer -> (layer + 1) % interval != 0;
        }
        double[] marks = parts.keys().numbers(key);
        if (marks.length < parts.size().layers()) {
            throw parts.keys().refusal(key, "has " + marks.length + " entries for " + parts.size().layers() + " layers");
        }
        return layer -> marks[layer] != 0;
    }
}
