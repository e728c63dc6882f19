package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * The result of answering an episode's questions.
 *
 * @param loss     ℓ: the mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy the share of these tokens that the model ranked first
 * @param moved    the gradient of ℓ with respect to the parameters that the steps update, as a row
 * @param around   the gradient of ℓ with respect to those that they don't update, as a row
 */
public record Answered(double loss, double accuracy, Tensor moved, Tensor around) {
}
