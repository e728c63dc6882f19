package org.perk4j.objective.anil;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.plugin.Option;

/** The options of ANIL. */
public record AnilOptions(
        @Option(help = "the adapter's parameters that the inner steps move: regular expressions, one of which is found in "
                + "the name", value = "[\"lora_B\"]") List<String> moves,
        @Option(help = LoopOptions.STEPS, value = "4") int steps,
        @Option(help = "how many of the last steps are differentiated through (T): steps = exact, 0 = first order; "
                + "-1 for all", value = "-1") int unroll,
        @Option(help = "initial learning rate of everything in every step", value = "5e-5") double learningRate,
        @Option(help = "what learns a learning rate of its own: each tensor in each step (tensor), all tensors of a layer "
                + "in each step (layer), or each element, the same in all steps (element)",
                        value = "tensor") Rates.Per rates,
        @Option(help = LoopOptions.MEAN, value = "tokens") Mean mean,
        @Option(help = LoopOptions.BOUND, value = "0") double bound,
        @Option(help = LoopOptions.MICRO_BATCH_TOKENS, value = "1024") int microBatchTokens,
        @Option(help = LoopOptions.SEED, value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public AnilOptions {
        moves = List.copyOf(moves);
        moves.forEach(AnilOptions::requirePattern);
        new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
        require(unroll >= -1 && unroll <= steps, "unroll must be between 0 and steps, or -1 for all of them");
    }

    private static void requirePattern(String pattern) {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("moves must be regular expressions: "
                    + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    LoopOptions loop() {
        return new LoopOptions(steps, bound, 0, mean, microBatchTokens, seed);
    }

    /** @return whether the inner steps update a parameter */
    boolean moves(String name) {
        return moves.stream().anyMatch(pattern -> Pattern.compile(pattern).matcher(name).find());
    }

    /** @return the number of steps differentiated through */
    int unrolled() {
        return unroll < 0 ? steps : unroll;
    }
}
