package org.perk4j.tensor;

/**
 * The attention of a layer. With the rows {@code q} of a query head and {@code k} of its key head, the scores are
 * {@code s = scale·q·kᵀ}, soft-capped to {@code softCap·tanh(s/softCap)}. Each token attends to itself and the tokens before
 * it, as far as its window reaches, by the softmax of their scores.
 *
 * @param heads   its heads
 * @param scale   the factor on products of queries and keys; {@code 1/√size} in most models
 * @param window  the most tokens that a token attends to, itself included; {@link #ALL} for all up to itself
 * @param softCap the bound on the magnitude of scores (Gemma 2); {@link #UNCAPPED} for none
 */
public record AttentionSpec(Heads heads, double scale, int window, double softCap) {

    /** The window of a layer that attends to all tokens up to each. */
    public static final int ALL = Integer.MAX_VALUE;

    /** The soft cap that changes nothing: the limit of {@code c·tanh(s/c)} is {@code s}. */
    public static final double UNCAPPED = Double.POSITIVE_INFINITY;

    /** @throws IllegalArgumentException if the window is empty, or scale or cap is no positive number */
    public AttentionSpec {
        if (!(scale > 0) || Double.isInfinite(scale) || window < 1 || !(softCap > 0)) {
            throw new IllegalArgumentException("impossible attention: scale " + scale + ", a window of " + window
                    + ", a soft cap of " + softCap);
        }
    }

    /** Scaled dot-product attention to all tokens (Vaswani et al. 2017). */
    public AttentionSpec(Heads heads) {
        this(heads, 1 / Math.sqrt(heads.size()), ALL, UNCAPPED);
    }

    /** @return the same with another scale */
    public AttentionSpec scaled(double by) {
        return new AttentionSpec(heads, by, window, softCap);
    }

    /** @return the same, to the nearest {@code tokens} only */
    public AttentionSpec within(int tokens) {
        return new AttentionSpec(heads, scale, tokens, softCap);
    }

    /** @return the same with scores below {@code cap} */
    public AttentionSpec capped(double cap) {
        return new AttentionSpec(heads, scale, window, cap);
    }

    /** @return whether scores have a soft cap */
    public boolean isCapped() {
        return softCap < UNCAPPED;
    }

    /**
     * @param seen the number of tokens up to a token, itself included
     * @return how many of them, counted from the first, are outside of its window
     */
    public int hidden(int seen) {
        return Math.max(0, seen - window);
    }
}
