package org.perk4j.meta;

import org.perk4j.model.Parameters;

/**
 * One episode's meta-gradient.
 *
 * @param loss      mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy  the share of answer tokens that the model ranked first; NaN if not computed
 * @param retention how far the model is from its base on the episode's retained text: an estimate of the Kullback-Leibler
 *                  divergence of a token, in nats; NaN if it isn't part of the gradient
 * @param tokens    tokens of context, questions and retained text
 * @param gradient  with respect to each learned parameter
 */
public record MetaGradient(double loss, double accuracy, double retention, long tokens, Parameters gradient) {

    /** Makes one without retention. */
    public MetaGradient(double loss, double accuracy, long tokens, Parameters gradient) {
        this(loss, accuracy, Double.NaN, tokens, gradient);
    }
}
