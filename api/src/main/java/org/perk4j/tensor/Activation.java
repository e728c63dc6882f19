package org.perk4j.tensor;

/**
 * The elementwise functions of one variable, for the activations of networks and for losses and optimizers. Each is twice
 * differentiable where it is used.
 */
public enum Activation {
    /** {@code x/2·(1 + tanh(√(2/π)(x + 0.044715 x³)))}: the approximation that GPT-2 uses (Hendrycks, Gimpel 2016). */
    GELU_TANH,
    /** {@code x·Φ(x)} with the normal distribution function Φ (Hendrycks, Gimpel 2016). */
    GELU,
    /** {@code x/(1 + e⁻ˣ)}, also called swish. */
    SILU,
    /** {@code log(1 + eˣ)}, without overflow. */
    SOFTPLUS,
    /**
     * {@code √x} for {@code x ≥ 0}. At exactly 0 its derivatives are taken as 0, not infinite: an AdamW second moment
     * that is exactly zero passes no derivative, as in the library {@code higher}.
     */
    SQRT,
    /** {@code 1/x}. */
    RECIPROCAL,
    /** 1 above 0, -1 below, 0 at 0. Its derivatives are 0 everywhere, at the jump too. */
    SIGN,
    /** The hyperbolic tangent. */
    TANH,
    /** {@code eˣ}. */
    EXP,
    /** The natural logarithm, for {@code x > 0}. */
    LOG
}
