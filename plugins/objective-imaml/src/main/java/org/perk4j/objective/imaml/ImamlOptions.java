package org.perk4j.objective.imaml;

import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.plugin.Option;

/** The options of iMAML. */
public record ImamlOptions(
        @Option(help = LoopOptions.STEPS, value = "16") int steps,
        @Option(help = "learning rate of the inner steps, which is not learned", value = "1e-2") double learningRate,
        @Option(help = "how strongly the steps are drawn back to where they began (λ): λ/2 times the squared distance is "
                + "added to the context's loss. It must outweigh the loss's negative curvature", value = "2") double pull,
        @Option(help = "steps of conjugate gradients at most, each with one product with the Hessian",
                value = "5") int solverSteps,
        @Option(help = "conjugate gradients end once the residual is so small beside the gradient", value = "1e-10")
        double tolerance,
        @Option(help = LoopOptions.MEAN, value = "tokens") Mean mean,
        @Option(help = LoopOptions.MICRO_BATCH_TOKENS, value = "1024") int microBatchTokens,
        @Option(help = LoopOptions.SEED, value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public ImamlOptions {
        new LoopOptions(steps, 0, pull, mean, microBatchTokens, seed);
        require(learningRate > 0, "learningRate must be above 0");
        require(pull > 0, "pull must be above 0");
        require(solverSteps >= 1, "solverSteps must be at least 1");
        require(tolerance >= 0, "tolerance must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    LoopOptions loop() {
        return new LoopOptions(steps, 0, pull, mean, microBatchTokens, seed);
    }
}
