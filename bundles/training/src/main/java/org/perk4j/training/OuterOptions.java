package org.perk4j.training;

import org.perk4j.plugin.Option;

/** The outer optimizer's options; the defaults are those of PERK's official code. */
public record OuterOptions(
        @Option(help = "highest learning rate", value = "1e-5") double learningRate,
        @Option(help = "factor on it for the group of parameters named rates: learned learning rates are of another "
                + "scale than weights", value = "1") double rateScale,
        @Option(help = "share of all steps in which the learning rate rises", value = "0.03") double warmup,
        @Option(help = "where the learning rate ends, as a share of the highest", value = "0") double floor,
        @Option(help = "decoupled weight decay of matrices; vectors and learning rates don't decay", value = "0.01")
        double weightDecay,
        @Option(help = "decay of the first moment", value = "0.9") double beta1,
        @Option(help = "decay of the second moment", value = "0.95") double beta2,
        @Option(help = "added to the root of the second moment", value = "1e-8") double epsilon,
        @Option(help = "largest norm of the whole gradient; 0 for any", value = "1") double clip,
        @Option(help = "largest norm of each tensor's gradient, applied first, so that one tensor can't drown the others; "
                + "0 for any", value = "0") double clipTensor,
        @Option(help = "largest norm of the gradient of each of a step's episodes, applied before they are averaged, so "
                + "that one episode whose inner steps run away can't drown the others; 0 for any",
                        value = "0") double clipEpisode) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public OuterOptions {
        require(learningRate > 0, "learningRate must be above 0");
        require(rateScale >= 0, "rateScale must be at least 0");
        require(warmup >= 0 && warmup <= 1, "warmup must be between 0 and 1");
        require(floor >= 0 && floor <= 1, "floor must be between 0 and 1");
        require(weightDecay >= 0, "weightDecay must be at least 0");
        require(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1");
        require(epsilon > 0, "epsilon must be above 0");
        require(clip >= 0 && clipTensor >= 0 && clipEpisode >= 0, "clip, clipTensor and clipEpisode must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
