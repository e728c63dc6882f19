package org.perk4j.meta;

import org.perk4j.model.Parameters;

/**
 * One episode's meta-gradient.
 *
 * @param loss     mean negative log-likelihood of the answers' tokens, in nats
 * @param accuracy the share of answer tokens that were the likeliest; NaN if not computed
 * @param tokens   tokens of context and questions
 * @param gradient by each learned parameter
 */
public record MetaGradient(double loss, double accuracy, long tokens, Parameters gradient) {
}
