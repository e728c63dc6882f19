package org.perk4j.model;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Tokens that aren't in the vocabulary and precede every text that is read with an {@link Adaptation}. They take the first
 * positions, and the text follows; their predictions are ignored. To a layer that attends only to the nearest tokens, they
 * get out of reach like any others.
 *
 * <p>Their tensors are computed with the {@code ops} that are passed in, which may be differentiating, anew for each call.
 * The results belong to the innermost open scope, or to the owner of the adapter's values. Thread-safe, as adaptations are.
 */
@ProviderType
public sealed interface VirtualTokens {

    /** @return their number, at least 1 */
    int count();

    /**
     * Virtual tokens given as embeddings, which all layers read like those of tokens: prompt tuning (Lester et al. 2021,
     * arXiv 2104.08691). Position embeddings are added as for tokens.
     */
    @ConsumerType
    non-sealed interface Embedded extends VirtualTokens {

        /** @return {@code count×width} */
        Tensor rows(Ops ops);
    }

    /**
     * Virtual tokens given as keys and values for each layer's attention, without going through the layers themselves:
     * prefix tuning (Li, Liang 2021, arXiv 2101.00190).
     */
    @ConsumerType
    non-sealed interface Attended extends VirtualTokens {

        /**
         * @param layer from 0 on
         * @return their keys and values, side by side, {@code count×2·keyValueColumns} of the layer's
         *         {@link org.perk4j.tensor.Heads}. The keys are used as they are: neither normalized nor rotated.
         */
        Tensor keysAndValues(Ops ops, int layer);
    }
}
