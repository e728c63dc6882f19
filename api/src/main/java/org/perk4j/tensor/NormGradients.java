package org.perk4j.tensor;

/**
 * The gradients of a normalisation.
 *
 * @param input by the input, {@code m×n}
 * @param gain  by the gain, {@code 1×n}
 * @param bias  by the bias, {@code 1×n}; null for a normalisation without bias
 */
public record NormGradients(Tensor input, Tensor gain, Tensor bias) {
}
