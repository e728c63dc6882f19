package org.perk4j.adapter;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Random draws for dropout. They depend on where and when, never on how often they are drawn: a recomputed pass sees the
 * same masks, and so does a pass over other micro-batches.
 */
@ProviderType
@FunctionalInterface
public interface Dropout {

    /** Drops nothing. */
    Dropout NONE = (ops, site, input, rate) -> input;

    /** @return {@code input} with the share {@code rate} of its elements set to 0, the others divided by {@code 1-rate} */
    Tensor apply(Ops ops, Site site, Tensor input, double rate);
}
