package org.perk4j.model;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Tokens of no vocabulary that come before every text that is read with an {@link Adaptation}. They take the first
 * positions, the text follows behind them; what they predict is nobody's concern. A layer that attends to the nearest tokens
 * only loses sight of them as it does of any others.
 *
 * <p>They say what they are to the model in the {@code ops} that they are handed, which may be differentiating: each time
 * that they are asked, as a text may be read again. What they give belongs to the innermost open scope, or to whoever owns
 * the adapter's values. Thread-safe, as adaptations are.
 */
@ProviderType
public sealed interface VirtualTokens {

    /** @return how many they are, at least 1 */
    int count();

    /**
     * Those that stand where the embeddings of tokens stand, and that all layers read as they read tokens: prompt tuning
     * (Lester et al. 2021, arXiv 2104.08691). Positions are added to them as to tokens.
     */
    @ConsumerType
    non-sealed interface Embedded extends VirtualTokens {

        /** @return {@code count×width} */
        Tensor rows(Ops ops);
    }

    /**
     * Those that no layer reads, but that the attention of each finds before the text: prefix tuning (Li, Liang 2021,
     * arXiv 2101.00190).
     */
    @ConsumerType
    non-sealed interface Attended extends VirtualTokens {

        /**
         * @param layer from 0 on
         * @return their keys and values, side by side, {@code count×2·keyValueColumns} of the layer's
         *         {@link org.perk4j.tensor.Heads}. The keys are used as they are: neither normalised nor rotated.
         */
        Tensor keysAndValues(Ops ops, int layer);
    }
}
