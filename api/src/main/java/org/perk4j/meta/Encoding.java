package org.perk4j.meta;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.perk4j.model.Parameters;

/**
 * The result of encoding a context: the adapter, and how well it took up the context. The context's loss is the unweighted
 * mean negative log-likelihood of its tokens, in nats; it falls as the adapter takes up the context.
 *
 * @param adapter the adapter's parameters
 * @param losses  the context's loss before each step, and after the last: at least two
 */
public record Encoding(Parameters adapter, List<Double> losses) {

    private static final String REMEDY =
            "encode a text like those that the adapter was trained on, or train it on such, with "
            + "lower learning rates or bounded steps";

    /** @throws IllegalArgumentException if there are fewer than two losses */
    public Encoding {
        losses = List.copyOf(losses);
        if (losses.size() < 2) {
            throw new IllegalArgumentException("the loss is to be told before and after, but there are " + losses.size());
        }
    }

    /** @return the loss before the first step */
    public double before() {
        return losses.get(0);
    }

    /** @return the loss after the last step */
    public double after() {
        return losses.get(losses.size() - 1);
    }

    /** @return whether all losses are numbers */
    public boolean isFinite() {
        return losses.stream().allMatch(Double::isFinite);
    }

    /** @return the problem, with the step and the remedy, if a loss is not finite or the last is not below the first */
    public Optional<String> problem() {
        for (int i = 0; i < losses.size(); i++) {
            if (!Double.isFinite(losses.get(i))) {
                return Optional.of("the context's loss is not finite " + (i == 0
                        ? "before the first step: the base model or the adapter is unsound"
                        : String.format(Locale.ROOT, "after step %d of %d, it was %.3f before it: %s", i, losses.size() - 1,
                                losses.get(i - 1), REMEDY)));
            }
        }
        if (after() < before()) {
            return Optional.empty();
        }
        int rising = 1;
        while (losses.get(rising) < losses.get(rising - 1)) {
            rising++;
        }
        return Optional.of(String.format(Locale.ROOT,
                "the context's loss did not fall, it is %.3f after %d steps and was %.3f before, %.3f after step %d: %s",
                after(), losses.size() - 1, before(), losses.get(rising), rising, REMEDY));
    }

    /** @throws NotFiniteException naming the step and the remedy, if a loss is infinite or undefined */
    public void requireFinite() {
        if (!isFinite()) {
            throw new NotFiniteException(problem().orElseThrow());
        }
    }
}
