package org.perk4j.innerloop;

/**
 * How contexts are encoded.
 *
 * @param steps            gradient steps on a context, at least 1
 * @param bound            the most that a step may move a parameter, as the root mean square over its elements; 0 for no
 *                         bound
 * @param pull             λ, the weight of the penalty {@code λ/2·‖θ − θ₀‖²} that is added to the context's loss; 0 for none
 * @param mean             what the context's loss is divided by
 * @param microBatchTokens how many tokens are read at once, but at least one segment
 * @param seed             the seed of dropout
 */
public record LoopOptions(int steps, double bound, double pull, Mean mean, int microBatchTokens, long seed) {
}
