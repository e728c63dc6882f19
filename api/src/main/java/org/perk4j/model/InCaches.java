package org.perk4j.model;

import java.util.Optional;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Adaptations side by side, some with virtual tokens: each sequence has its own of these, in its cache and nowhere else. */
record InCaches(Adaptation rows) implements Adaptation {

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
        return rows.apply(ops, site, input, base);
    }

    /** Asked by a model that reads without caches. */
    @Override
    public Optional<VirtualTokens> virtualTokens() {
        throw new UnsupportedOperationException("adaptations with virtual tokens are read side by side with caches only:"
                + " begin each sequence's with its own adaptation");
    }
}
