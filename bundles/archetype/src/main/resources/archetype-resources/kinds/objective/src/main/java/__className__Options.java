package ${package};

import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ${className}Options(
        @Option(help = "gradient steps that encode a context", value = "2") int steps,
        @Option(help = "learning rate of these steps", value = "0.01") double learningRate,
        @Option(help = "how far a step may move a tensor at most, as the root mean square of its elements; 0 for any length",
                value = "0") double bound,
        @Option(help = "tokens that are read at once, at least one segment", value = "4096") int microBatchTokens) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ${className}Options {
        require(steps >= 1, "steps must be at least 1");
        require(learningRate > 0, "learningRate must be above 0");
        require(bound >= 0 && bound < Double.POSITIVE_INFINITY, "bound must be a number that is not negative");
        require(microBatchTokens >= 1, "microBatchTokens must be at least 1");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
