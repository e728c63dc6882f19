package org.perk4j.model;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A decoder-only language model: a pure function of tokens, weights and an adaptation. It holds its configuration only;
 * weights are passed in, so that they may be frozen tensors, or variables to be trained. Immutable and thread-safe.
 */
@ConsumerType
public interface Model {

    /** @return its sizes */
    ModelSize size();

    /** @return how each layer attends, in order */
    List<AttentionSpec> attention();

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
     * Reads tokens, behind the adaptation's virtual tokens if it has some: these are none of the rows that it gives.
     *
     * @param weights as {@link #parameters()} lists them
     * @return the last hidden states, after the final normalisation, {@code tokens×width}
     * @throws IllegalArgumentException if a token or position is out of range, virtual tokens counted
     */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation);

    /**
     * Like {@link #hidden}, for sequences that continue what {@code cache} holds, also an adaptation's virtual tokens: a
     * cache of each sequence that is read with these begins with {@link #begin}. Not differentiable.
     *
     * @param tokens at positions behind what the cache holds
     */
    Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache);

    /**
     * Reads sequences of which some have weights of their own, or an adaptation of their own. This reads one
     * {@link Reading} after another; a model that overrides it reads weights that they share once.
     *
     * @param readings each sequence is in one of them
     * @param cache    that all continue, or null if they continue nothing
     * @return for each sequence what {@link #hidden} gives with its weights and its adaptation
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
     * @return whether this model reads {@linkplain Adaptation#virtualTokens virtual tokens}: both {@link #hidden} and
     *         {@link #begin}
     */
    default boolean readsVirtualTokens() {
        return false;
    }

    /**
     * Reads an adaptation's virtual tokens into caches that are empty; nothing, if it has none. Whoever reads on counts them
     * as what is in the caches.
     *
     * @param cache with room for them
     * @throws UnsupportedOperationException if it has some and this model {@linkplain #readsVirtualTokens doesn't read them}
     */
    default void begin(Ops ops, Parameters weights, Adaptation adaptation, KeyValueCache cache) {
        if (adaptation.virtualTokens().isPresent()) {
            throw new UnsupportedOperationException("this model reads no virtual tokens; take another type of adapter");
        }
    }

    /**
     * What a language model is trained by: the negative log-likelihood of tokens, as {@link #logits} would give it, without
     * holding all logits. A model that does more to its scores than multiplying by {@link #head()} overrides both.
     *
     * @param hidden  what {@link #hidden} gave, or rows of it
     * @param targets the token that each row is to predict, or -1 for none
     * @return one row a loss in nats, {@code m×1}; 0 where there is no target
     */
    default Tensor tokenLoss(Ops ops, Parameters weights, Tensor hidden, int... targets) {
        return ops.tokenLoss(hidden, weights.get(head()), targets, false).loss();
    }

    /**
     * Reads none of the weights but {@link #head()}.
     *
     * @return the scores of the next token for each row of {@code hidden}, {@code m×vocabulary}. Training takes
     *         {@link #tokenLoss}, which doesn't hold them.
     */
    default Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        return ops.matmul(hidden, false, weights.get(head()), true);
    }
}
