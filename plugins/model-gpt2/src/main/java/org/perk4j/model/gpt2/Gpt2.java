package org.perk4j.model.gpt2;

import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.DecoderType;
import org.perk4j.decoder.Embedding;
import org.perk4j.decoder.Head;
import org.perk4j.decoder.Linear;
import org.perk4j.decoder.Mlp;
import org.perk4j.decoder.Norm;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Shape;

/**
 * GPT-2 (Radford et al. 2019), as Hugging Face's {@code GPT2LMHeadModel} computes it, without dropout: learned positions,
 * one layer for queries, keys and values, layer norms, and a tied head.
 */
@Component(service = ModelType.class)
@Provides(kind = "model", type = "gpt2")
public final class Gpt2 implements DecoderType {

    private static final String PREFIX = "transformer.";

    @Override
    public Architecture architecture(Map<String, Object> config) {
        Gpt2Config sizes = Gpt2Config.of(config);
        ModelSize size = new ModelSize(sizes.vocabulary(), sizes.width(), sizes.layers(), sizes.positions());
        Embedding embedding = new Embedding(table("wte", size.vocabulary(), sizes), 1,
                table("wpe", size.positions(), sizes));
        return new Architecture(size, embedding, layer -> block(PREFIX + "h." + layer, sizes), norm(PREFIX + "ln_f", sizes),
                new Head(embedding.tokens()));
    }

    private static ParameterSpec table(String name, int rows, Gpt2Config sizes) {
        return new ParameterSpec(PREFIX + name + ".weight", new Shape(rows, sizes.width()), 0, sizes.standardDeviation());
    }

    private static Norm norm(String name, Gpt2Config sizes) {
        return Norm.layer(name, sizes.width(), sizes.epsilon());
    }

    private static Block block(String name, Gpt2Config sizes) {
        int width = sizes.width();
        double ofWeights = sizes.standardDeviation();
        // Each block adds two terms to the residual stream: together they should have the variance of one.
        double ofResiduals = ofWeights / Math.sqrt(2.0 * sizes.layers());
        AttentionSpec spec = new AttentionSpec(new Heads(sizes.heads(), sizes.heads(), width / sizes.heads()));
        return new Block(norm(name + ".ln_1", sizes),
                new SelfAttention(spec, List.of(Linear.inputsFirst(name + ".attn.c_attn", width, 3 * width, ofWeights)),
                        List.of(), null, Linear.inputsFirst(name + ".attn.c_proj", width, width, ofResiduals)),
                norm(name + ".ln_2", sizes),
                new Mlp(null, Linear.inputsFirst(name + ".mlp.c_fc", width, sizes.inner(), ofWeights),
                        Linear.inputsFirst(name + ".mlp.c_proj", sizes.inner(), width, ofResiduals), sizes.activation()));
    }
}
