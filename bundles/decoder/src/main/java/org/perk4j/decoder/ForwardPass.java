package org.perk4j.decoder;

import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * One reading of tokens: what all parts of a decoder compute with.
 *
 * @param weights    of the model
 * @param adaptation of its linear layers
 * @param cache      what the tokens continue, or null if they continue nothing
 */
public record ForwardPass(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache) {

    /** @return the weight that this is */
    public Tensor weight(ParameterSpec parameter) {
        return weights.get(parameter.name());
    }

    /**
     * @param packed queries, keys and values of a layer, as {@link org.perk4j.tensor.Heads} packs them
     * @return what its queries attend to
     */
    public Tensor attend(int layer, AttentionSpec spec, Tensor packed) {
        return cache == null ? ops.attention(packed, spec, tokens.segments())
                : ops.cachedAttention(packed, spec, tokens.segments(), cache.keys().get(layer), cache.values().get(layer),
                        cache.starts(), cache.past());
    }
}
