package org.perk4j.innerloop;

/**
 * The options of the inner loop. Objectives have those that jobs may set as options under these names, with the help that
 * stands here.
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

    /** The help for the option {@code steps}. */
    public static final String STEPS = "gradient steps that encode a context (N)";
    /** The help for the option {@code bound}. */
    public static final String BOUND = "how far a step may move a tensor at most, as the root mean square over its "
            + "elements: longer steps are shortened smoothly, which keeps contexts unlike those of the training from "
            + "destroying what was learned; 0 for any length";
    /** The help for the option {@code mean}. */
    public static final String MEAN = "what the context loss is divided by: the context's tokens, segments, the segments' "
            + "square root (root_segments), or nothing (none)";
    /** The help for the option {@code microBatchTokens}. */
    public static final String MICRO_BATCH_TOKENS = "tokens of context and questions that are read at once, at least one "
            + "segment: more is faster, less takes less memory";
    /** The help for the option {@code seed}. */
    public static final String SEED = "seed of dropout";

    /** @throws IllegalArgumentException naming the option, if a value is out of range */
    public LoopOptions {
        require(steps >= 1, "steps must be at least 1");
        require(bound >= 0 && bound < Double.POSITIVE_INFINITY, "bound must be a number that is not negative");
        require(pull >= 0 && pull < Double.POSITIVE_INFINITY, "pull must be a number that is not negative");
        require(microBatchTokens >= 1, "microBatchTokens must be at least 1");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
