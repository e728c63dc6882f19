package org.perk4j.model;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A decoder-only language model: a pure function of tokens, weights and an adaptation. It holds only its configuration.
 * Weights are passed in, so that they may be frozen tensors or variables to train. Immutable and thread-safe.
 */
@ConsumerType
public interface Model {

    /** @return its sizes */
    ModelSize size();

    /** @return the attention of each layer, in order */
    List<AttentionSpec> attention();

    /** @return the linear layers that an adapter may attach to, in order of evaluation */
    List<Site> sites();

    /**
     * @return the weights, with their names in Hugging Face's {@code model.safetensors} and their initial values for
     *         training from scratch. A vector is a matrix of one row.
     */
    List<ParameterSpec> parameters();

    /** @return the name of the weight that is the output embedding, {@code vocabulary×width} */
    String head();

    /**
     * Reads tokens, preceded by the adaptation's virtual tokens if it has any; the result has no rows for these.
     *
     * @param weights as {@link #parameters()} lists them
     * @return the last hidden states, after the final normalization, {@code tokens×width}
     * @throws IllegalArgumentException if a token or position is out of range, counting virtual tokens
     */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation);

    /**
     * Like {@link #hidden(Ops, Parameters, Tokens, Adaptation)}, for sequences that continue those in {@code cache}. If the
     * adaptation has virtual tokens, {@link #begin} must have put them into the cache. Not differentiable.
     *
     * @param tokens at the positions that follow those in the cache
     */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache);

    /**
     * Reads sequences with different weights and adaptations. This default processes one {@link Reading} after another;
     * models may override it to read shared weights only once.
     *
     * @param readings each sequence is in exactly one of them
     * @param cache    the cache that all sequences continue, or null for none
     * @return the hidden states of each sequence with its own weights and adaptation
     */
    default Tensor hidden(Ops ops, List<Reading> readings, Tokens tokens, KeyValueCache cache) {
        if (readings.size() == 1) {
            Reading only = readings.get(0);
            return cache == null ? hidden(ops, only.weights(), tokens, only.adaptation())
                    : hidden(ops, only.weights(), tokens, only.adaptation(), cache);
        }
        return ops.scoped(() -> {
            Tensor all = null;
            for (Reading reading : readings) {
                Tokens own = reading.of(tokens);
                Tensor hidden = cache == null ? hidden(ops, reading.weights(), own, reading.adaptation())
                        : hidden(ops, reading.weights(), own, reading.adaptation(), reading.of(cache));
                Tensor placed = ops.scatterRows(hidden, tokens.ids().length, reading.rows(tokens.segments()));
                all = all == null ? placed : ops.add(all, placed);
            }
            return all;
        });
    }

    /**
     * @return whether {@link #hidden} and {@link #begin} support {@linkplain Adaptation#virtualTokens virtual tokens}
     */
    default boolean readsVirtualTokens() {
        return false;
    }

    /**
     * Reads an adaptation's virtual tokens, if it has any, into empty caches. From then on they count as tokens in the
     * caches, which the caller records in {@link KeyValueCache#past}.
     *
     * @param cache with room for them
     * @throws UnsupportedOperationException if there are any and this model {@linkplain #readsVirtualTokens doesn't support
     *                                       them}
     */
    default void begin(Ops ops, Parameters weights, Adaptation adaptation, KeyValueCache cache) {
        if (adaptation.virtualTokens().isPresent()) {
            throw new UnsupportedOperationException("this model reads no virtual tokens; take another type of adapter");
        }
    }

    /**
     * The training loss: the negative log-likelihood of tokens that follows from {@link #logits}, without holding all
     * logits. A model whose logits are more than a product with {@link #head()} must override both.
     *
     * @param hidden  the result of {@link #hidden}, or rows of it
     * @param targets the token that each row is to predict, or -1 for none
     * @return the loss of each row in nats, {@code m×1}; 0 where there is no target
     */
    default Tensor tokenLoss(Ops ops, Parameters weights, Tensor hidden, int... targets) {
        return ops.tokenLoss(hidden, weights.get(head()), targets, false).loss();
    }

    /**
     * The logits, for choosing the next token; training uses {@link #tokenLoss}. Of the weights, only {@link #head()} is
     * read.
     *
     * @return the logits of the next token for each row of {@code hidden}, {@code m×vocabulary}
     */
    default Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        return ops.matmul(hidden, false, weights.get(head()), true);
    }
}
