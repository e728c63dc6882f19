package org.perk4j.adapter;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Dropout with reproducible masks. A mask depends on the episode, the step, the site and the token, not on how often masks
 * were drawn before: a recomputed pass gets the same masks, and so does a pass with other micro-batches.
 */
@ProviderType
@FunctionalInterface
public interface Dropout {

    /** Drops nothing. */
    Dropout NONE = (ops, site, input, rate) -> input;

    /** @return {@code input} with the share {@code rate} of its elements set to 0, the others divided by {@code 1-rate} */
    Tensor apply(Ops ops, Site site, Tensor input, double rate);
}
