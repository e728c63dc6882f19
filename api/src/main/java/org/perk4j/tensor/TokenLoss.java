package org.perk4j.tensor;

/**
 * The negative log-likelihood of each target token.
 *
 * @param loss     {@code m×1}, in nats; 0 where there is no target
 * @param gradient {@code m×d}: the gradient of each row's loss with respect to that row of the hidden states; null if it was
 *                 not asked for. Computing it together with the loss saves another product with the vocabulary.
 */
public record TokenLoss(Tensor loss, Tensor gradient) {
}
