package org.perk4j.inference;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.meta.NotFiniteException;

/** Chooses the next token by its logit. The draw depends on the prompt and the position only, not on the batch. */
final class TokenChoice {

    private final Decoding decoding;

    TokenChoice(Decoding decoding) {
        this.decoding = decoding;
    }

    /**
     * @param scores the logits of all tokens
     * @param prompt the number of the prompt among all
     * @param place  the position of the token in the answer
     * @throws NotFiniteException if no token can be chosen, since a logit is NaN or the highest is infinite
     */
    int choose(float[] scores, int prompt, int place) {
        requireOrdered(scores);
        return decoding.temperature() == 0 ? likeliest(scores) : draw(scores, prompt, place);
    }

    /** @return the logarithm of the model's own probability of a token, independent of how it was chosen */
    static double logProbability(float[] scores, int token) {
        double highest = scores[likeliest(scores)];
        double sum = 0;
        for (float score : scores) {
            sum += Math.exp(score - highest);
        }
        return scores[token] - highest - Math.log(sum);
    }

    private static void requireOrdered(float[] scores) {
        for (float score : scores) {
            if (Float.isNaN(score) || score == Float.POSITIVE_INFINITY) {
                throw new NotFiniteException(
                        "no token can be chosen, since the model's logits are not finite: the memory or the base "
                        + "model is invalid; encode the context again, with an adapter that was trained on such texts");
            }
        }
    }

    private static int likeliest(float[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] scores, int prompt, int place) {
        double[] weights = weights(scores);
        int[] byWeight = IntStream.range(0, weights.length).boxed()
                .sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .mapToInt(Integer::intValue).toArray();
        double total = Arrays.stream(weights).sum();
        int kept = 0;
        double mass = 0;
        while (kept < byWeight.length && mass < decoding.topP() * total) {
            mass += weights[byWeight[kept++]];
        }
        double target = fraction(prompt, place) * mass;
        for (int i = 0; i < kept; i++) {
            target -= weights[byWeight[i]];
            if (target < 0) {
                return byWeight[i];
            }
        }
        return byWeight[Math.max(0, kept - 1)];
    }

    private double[] weights(float[] scores) {
        double highest = scores[likeliest(scores)];
        return IntStream.range(0, scores.length)
                .mapToDouble(i -> Math.exp((scores[i] - highest) / decoding.temperature())).toArray();
    }

    private double fraction(int prompt, int place) {
        return new SplittableRandom(decoding.seed() + 0x9E3779B97F4A7C15L * (((long) prompt << 32) + place + 1))
                .nextDouble();
    }
}
