package org.perk4j.model.gpt2;

import java.util.List;
import java.util.function.UnaryOperator;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** One block: attention and MLP, each normalised at its input and added to it. */
final class Block {

    private final LayerNorm beforeAttention;
    private final Linear queriesKeysValues;
    private final Linear attentionOutput;
    private final LayerNorm beforeMlp;
    private final Linear up;
    private final Linear down;
    private final Activation activation;

    /** @param name such as {@code transformer.h.0} */
    Block(String name, Gpt2Config config) {
        int width = config.width();
        double ofWeights = config.standardDeviation();
        // Each layer adds two terms to the residual stream: their sum is to vary as much as one.
        double ofResiduals = ofWeights / Math.sqrt(2.0 * config.layers());
        beforeAttention = new LayerNorm(name + ".ln_1", width, config.epsilon());
        queriesKeysValues = new Linear(name + ".attn.c_attn", width, 3 * width, ofWeights);
        attentionOutput = new Linear(name + ".attn.c_proj", width, width, ofResiduals);
        beforeMlp = new LayerNorm(name + ".ln_2", width, config.epsilon());
        up = new Linear(name + ".mlp.c_fc", width, config.inner(), ofWeights);
        down = new Linear(name + ".mlp.c_proj", config.inner(), width, ofResiduals);
        activation = config.activation();
    }

    List<Site> sites() {
        return List.of(queriesKeysValues.site(), attentionOutput.site(), up.site(), down.site());
    }

    List<ParameterSpec> parameters() {
        return List.of(beforeAttention.gain(), beforeAttention.bias(),
                queriesKeysValues.weight(), queriesKeysValues.bias(),
                attentionOutput.weight(), attentionOutput.bias(),
                beforeMlp.gain(), beforeMlp.bias(),
                up.weight(), up.bias(),
                down.weight(), down.bias());
    }

    /** @param attention from packed queries, keys and values to what they attend to */
    Tensor apply(Ops ops, Parameters weights, Adaptation adaptation, UnaryOperator<Tensor> attention, Tensor x) {
        Tensor middle = ops.scoped(() -> {
            Tensor packed = queriesKeysValues.apply(ops, weights, adaptation, beforeAttention.apply(ops, weights, x));
            return ops.add(x, attentionOutput.apply(ops, weights, adaptation, attention.apply(packed)));
        });
        return ops.scoped(() -> {
            Tensor inner = up.apply(ops, weights, adaptation, beforeMlp.apply(ops, weights, middle));
            return ops.add(middle, down.apply(ops, weights, adaptation, ops.map(activation, inner)));
        });
    }
}
