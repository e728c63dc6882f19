package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * How well an episode's questions were answered.
 *
 * @param loss     ℓ: the mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy the share of these tokens that were the likeliest
 * @param moved    the gradient of ℓ by what the steps move, as a row
 * @param around   the gradient of ℓ by what they don't, as a row
 */
public record Answered(double loss, double accuracy, Tensor moved, Tensor around) {
}
