package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * How well an episode's questions were answered.
 *
 * @param loss     ℓ: the mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy the share of these tokens that the model ranked first
 * @param moved    the gradient of ℓ with respect to the parameters that the steps move, as a row
 * @param around   the gradient of ℓ with respect to those that they don't move, as a row
 */
public record Answered(double loss, double accuracy, Tensor moved, Tensor around) {
}
