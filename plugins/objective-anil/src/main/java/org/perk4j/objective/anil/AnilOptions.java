package org.perk4j.objective.anil;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.plugin.Option;

/** The options of ANIL. */
public record AnilOptions(
        @Option(help = "the adapter's parameters that the inner steps move: regular expressions, one of which is found in "
                + "the name", value = "[\"lora_B\"]") List<String> moves,
        @Option(help = "gradient steps that encode a context (N)", value = "4") int steps,
        @Option(help = "how many of the last steps are differentiated through (T): steps = exact, 0 = first order; "
                + "-1 for all", value = "-1") int unroll,
        @Option(help = "initial learning rate of everything in every step", value = "5e-5") double learningRate,
        @Option(help = "what learns a learning rate of its own: each tensor in each step (tensor), all tensors of a layer "
                + "in each step (layer), or each element, the same in all steps (element)",
                        value = "tensor") Rates.Per rates,
        @Option(help = "what the context loss is divided by: the context's tokens, segments, the segments' square root "
                + "(root_segments), or nothing (none)", value = "tokens") Mean mean,
        @Option(help = "how far a step may move a tensor at most, as the root mean square over its elements: longer steps "
                + "are shortened smoothly; 0 for any length", value = "0") double bound,
        @Option(help = "tokens of context and questions that are read at once, at least one segment: more is faster, "
                + "less takes less memory", value = "1024") int microBatchTokens,
        @Option(help = "seed of dropout", value = "0") long seed) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public AnilOptions {
        moves = List.copyOf(moves);
        moves.forEach(AnilOptions::requirePattern);
        require(steps >= 1, "steps must be at least 1");
        require(bound >= 0 && bound < Double.POSITIVE_INFINITY, "bound must be a number that is not negative");
        require(microBatchTokens >= 1, "microBatchTokens must be at least 1");
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

    /** @return whether the inner steps update a parameter */
    boolean moves(String name) {
        return moves.stream().anyMatch(pattern -> Pattern.compile(pattern).matcher(name).find());
    }

    /** @return the number of steps differentiated through */
    int unrolled() {
        return unroll < 0 ? steps : unroll;
    }
}
