package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * The result of answering an episode's questions.
 *
 * @param loss      ℓ: the mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy  the share of these tokens that the model ranked first
 * @param retention the divergence from the base on the episode's retained text, in nats, whose weighted gradient is added to
 *                  those of ℓ; NaN if there is no such text
 * @param moved     the gradient with respect to the parameters that the steps update, as a row
 * @param around    the gradient with respect to those that they don't update, as a row
 */
public record Answered(double loss, double accuracy, double retention, Tensor moved, Tensor around) {
}
