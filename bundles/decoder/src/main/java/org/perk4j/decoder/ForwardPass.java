package org.perk4j.decoder;

import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * One reading of tokens: what all parts of a decoder compute with.
 *
 * @param weights    of the model
 * @param adaptation of its linear layers
 * @param tokens     as the layers read them: embedded virtual tokens are among them and have the number -1
 * @param virtual    tokens that come before each sequence, or null if none do or they are in the cache
 * @param cache      what the tokens continue, or null if they continue nothing
 */
public record ForwardPass(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, VirtualTokens virtual,
                          KeyValueCache cache) {

    /** @return the weight that this is */
    public Tensor weight(ParameterSpec parameter) {
        return weights.get(parameter.name());
    }

    /**
     * @param packed queries, keys and values of a layer, as {@link org.perk4j.tensor.Heads} packs them
     * @return what its queries attend to
     */
    public Tensor attend(int layer, AttentionSpec spec, Tensor packed) {
        if (cache != null) {
            return ops.cachedAttention(packed, spec, tokens.segments(), cache.keys().get(layer), cache.values().get(layer),
                    cache.starts(), cache.past());
        }
        return virtual instanceof VirtualTokens.Attended before ? attendBehind(before, layer, spec, packed)
                : ops.attention(packed, spec, tokens.segments());
    }

    private Tensor attendBehind(VirtualTokens.Attended before, int layer, AttentionSpec spec, Tensor packed) {
        Behind behind = new Behind(tokens.segments(), before.count());
        return ops.scoped(() -> {
            Tensor all = ops.add(ops.gatherRows(packed, behind.textOfRow()),
                    ops.gatherRows(asRead(before, layer, spec), behind.virtualOfRow()));
            return ops.gatherRows(ops.attention(all, spec, behind.segments()), behind.rowOfText());
        });
    }

    /** Writes virtual tokens into the cache of each sequence, whose tokens are these. */
    void remember(int layer, AttentionSpec spec, VirtualTokens.Attended before) {
        ops.scoped(() -> attend(layer, spec, ops.gatherRows(asRead(before, layer, spec), tokens.positions())));
    }

    /** @return virtual tokens as {@link org.perk4j.tensor.Heads} packs queries, keys and values; they ask for nothing */
    private Tensor asRead(VirtualTokens.Attended before, int layer, AttentionSpec spec) {
        Tensor nothing = ops.fill(new Shape(before.count(), spec.heads().queryColumns()), 0);
        return ops.concatenateColumns(nothing, before.keysAndValues(ops, layer));
    }
}
