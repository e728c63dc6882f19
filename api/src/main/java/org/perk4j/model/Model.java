package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A decoder-only language model: a pure function of tokens, weights and an adaptation. It holds its configuration only;
 * weights are passed in, so that they may be frozen tensors, or variables to be trained. Immutable and thread-safe.
 */
public interface Model {

    /** @return its sizes */
    ModelSize size();

    /** @return the heads of each attention layer */
    Heads heads();

    /** @return the linear layers that an adapter may attach to, in order of evaluation */
    List<Site> sites();

    /**
     * @return the weights under their names in Hugging Face's {@code model.safetensors}, with the initial distribution of
     *         a model to be trained from scratch. A vector stands there as a row.
     */
    List<ParameterSpec> parameters();

    /** @return the name of the weight that is the output embedding, {@code vocabulary×width} */
    String head();

    /**
     * Reads tokens.
     *
     * @param weights as {@link #parameters()} lists them
     * @return the last hidden states, after the final normalisation, {@code tokens×width}
     * @throws IllegalArgumentException if a token or position is out of range
     */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation);

    /** Like {@link #hidden}, for sequences that continue what {@code cache} holds. Not differentiable. */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache);

    /**
     * @return the scores of the next token for each row of {@code hidden}, {@code m×vocabulary}. For training use
     *         {@link Ops#tokenLoss}, which doesn't hold them.
     */
    default Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        return ops.matmul(hidden, false, weights.get(head()), true);
    }
}
