package org.perk4j.innerloop;

/**
 * The options of the inner loop.
 *
 * @param steps            the number of gradient steps on a context, at least 1
 * @param bound            the largest change of a parameter in one step, as the root mean square over its elements; 0 for no
 *                         bound
 * @param pull             λ, the weight of the penalty {@code λ/2·‖θ − θ₀‖²} that is added to the context's loss; 0 for none
 * @param mean             the divisor of the context's loss
 * @param microBatchTokens the most tokens that are read at once, but at least one segment
 * @param seed             the seed of dropout
 */
public record LoopOptions(int steps, double bound, double pull, Mean mean, int microBatchTokens, long seed) {
}
