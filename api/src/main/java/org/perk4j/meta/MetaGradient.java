package org.perk4j.meta;

import org.perk4j.model.Parameters;

/**
 * One episode's meta-gradient.
 *
 * @param loss     mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy the share of answer tokens that the model ranked first; NaN if not computed
 * @param tokens   tokens of context and questions
 * @param gradient with respect to each learned parameter
 */
public record MetaGradient(double loss, double accuracy, long tokens, Parameters gradient) {
}
