package org.perk4j.innerloop;

import java.util.List;
import org.perk4j.data.EncodedText;

/** The divisor of a context's summed loss. */
public enum Mean {
    /** The number of tokens, as in PERK's official code: the longer the context, the less each record counts. */
    TOKENS,
    /** The number of segments. */
    SEGMENTS,
    /**
     * The square root of the number of segments. Once the adapter predicts what the segments have in common, their gradients
     * add up like a random walk; steps are then about as long for a long context as for a short one.
     */
    ROOT_SEGMENTS,
    /** One: the effect of a segment doesn't depend on the number of others. */
    NONE;

    /** @return the divisor for a context, at least 1 */
    double divisor(List<EncodedText> segments) {
        return switch (this) {
            case TOKENS -> Math.max(1, segments.stream().mapToInt(s -> s.tokens().length - 1).sum());
            case SEGMENTS -> segments.size();
            case ROOT_SEGMENTS -> Math.sqrt(segments.size());
            case NONE -> 1;
        };
    }
}
