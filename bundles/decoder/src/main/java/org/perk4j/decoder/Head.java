package org.perk4j.decoder;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Computes the logits: the product of a hidden state with the row of each token of the vocabulary.
 *
 * @param weight  {@code vocabulary×width}; that of the embedding if the two are tied
 * @param softCap a logit {@code z} becomes {@code softCap·tanh(z/softCap)}; {@link AttentionSpec#UNCAPPED} for none
 */
public record Head(ParameterSpec weight, double softCap) {

    /** Makes a head without a soft cap. */
    public Head(ParameterSpec weight) {
        this(weight, AttentionSpec.UNCAPPED);
    }

    /** @return the head's parameters, apart from those of the embedding */
    List<ParameterSpec> parameters(Embedding embedding) {
        return weight.equals(embedding.tokens()) ? List.of() : List.of(weight);
    }

    Tensor tokenLoss(Ops ops, Parameters weights, Tensor hidden, int... targets) {
        return ops.tokenLoss(hidden, weights.get(weight.name()), softCap, targets, false).loss();
    }

    Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        if (softCap == AttentionSpec.UNCAPPED) {
            return ops.matmul(hidden, false, weights.get(weight.name()), true);
        }
        return ops.scoped(() -> {
            Tensor scores = ops.matmul(hidden, false, weights.get(weight.name()), true);
            return ops.scale(ops.map(Activation.TANH, ops.scale(scores, 1 / softCap)), softCap);
        });
    }
}
