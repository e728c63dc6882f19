package org.perk4j.innerloop;

/**
 * How contexts are encoded.
 *
 * @param steps            gradient steps on a context, at least 1
 * @param bound            how far a step may move a parameter at most, as the root mean square over its elements; 0 for any
 *                         length
 * @param pull             λ, how strongly each step is pulled towards where the first began: {@code λ/2·‖θ − θ₀‖²} is added
 *                         to the context's loss; 0 for not at all
 * @param mean             what the context's loss is divided by
 * @param microBatchTokens tokens that are read at once, at least one segment
 * @param seed             of dropout
 */
public record LoopOptions(int steps, double bound, double pull, Mean mean, int microBatchTokens, long seed) {
}
