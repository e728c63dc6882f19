package org.perk4j.tensor;

/**
 * The negative log-likelihood of each target token.
 *
 * @param loss     {@code m×1}, in nats; 0 where there is no target
 * @param gradient {@code m×d}, of each row's loss by that row of the hidden states, or null if it was not asked for.
 *                 Computing it together with the loss saves multiplying by the vocabulary once more.
 */
public record TokenLoss(Tensor loss, Tensor gradient) {
}
