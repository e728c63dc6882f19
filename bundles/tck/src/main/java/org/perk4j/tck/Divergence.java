package org.perk4j.tck;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;

/** How far an adapted model is from its base, in full: over the whole vocabulary. */
public final class Divergence {

    private Divergence() {
    }

    /** @return KL(base‖adapted) of what is predicted at a position of the text, in nats, the mean over its positions */
    public static double of(Compute compute, Model model, Parameters weights, int[] text, Adaptation adaptation) {
        double[] base = logLikelihoods(compute, model, weights, text, Adaptation.NONE);
        double[] adapted = logLikelihoods(compute, model, weights, text, adaptation);
        return IntStream.range(0, base.length).mapToDouble(i -> Math.exp(base[i]) * (base[i] - adapted[i])).sum()
                / text.length;
    }

    /** @return of each token at each position, one position after another */
    private static double[] logLikelihoods(Compute compute, Model model, Parameters weights, int[] text,
                                           Adaptation adaptation) {
        Parameters adapted = adaptation.weights(weights);
        double[] all = compute.download(model.logits(compute, adapted,
                model.hidden(compute, adapted, Tokens.of(List.of(text)), adaptation)));
        int vocabulary = all.length / text.length;
        for (int start = 0; start < all.length; start += vocabulary) {
            double greatest = Arrays.stream(all, start, start + vocabulary).max().orElseThrow();
            double sum = Arrays.stream(all, start, start + vocabulary).map(logit -> Math.exp(logit - greatest)).sum();
            for (int i = start; i < start + vocabulary; i++) {
                all[i] -= greatest + Math.log(sum);
            }
        }
        return all;
    }
}
