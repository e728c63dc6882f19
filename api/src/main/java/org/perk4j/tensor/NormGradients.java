package org.perk4j.tensor;

/**
 * The gradients of a normalization.
 *
 * @param input with respect to the input, {@code m×n}
 * @param gain  with respect to the gain, {@code 1×n}
 * @param bias  with respect to the bias, {@code 1×n}; null for a normalization without bias
 */
public record NormGradients(Tensor input, Tensor gain, Tensor bias) {
}
