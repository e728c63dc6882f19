package org.perk4j.innerloop;

import java.util.List;
import org.perk4j.data.EncodedText;

/** What a context's summed loss is divided by. */
public enum Mean {
    /** The number of positions, as in PERK's official code: each record counts for less the longer the context is. */
    TOKENS,
    /** The number of segments. */
    SEGMENTS,
    /**
     * The square root of the number of segments: what segments have in common adds up like a random walk once the
     * adapter predicts it as well as it can, so that steps are about as long for a long context as for a short one.
     */
    ROOT_SEGMENTS,
    /** Nothing: what is written of one segment doesn't depend on the others. */
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
