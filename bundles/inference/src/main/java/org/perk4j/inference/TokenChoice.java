package org.perk4j.inference;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.meta.NotFiniteException;

/**
 * Chooses the next token by its logit, and by which tokens there were before if these are to be penalized. The draw depends
 * on the prompt and the position only, not on the batch.
 */
final class TokenChoice {

    private final Sampling sampling;
    private final long seed;

    TokenChoice(Decoding decoding) {
        this.sampling = decoding.sampling();
        this.seed = decoding.seed();
    }

    /**
     * @param scores the logits of all tokens
     * @param number the number of the prompt among all
     * @param tokens the prompt, then the answer so far
     * @param prompt the length of the prompt
     * @throws NotFiniteException if no token can be chosen, since a logit is NaN or the highest is infinite
     */
    int choose(float[] scores, int number, int[] tokens, int prompt) {
        requireOrdered(scores);
        float[] penalized = sampling.penalizes() ? penalized(scores, tokens, prompt) : scores;
        return sampling.temperature() == 0 ? likeliest(penalized) : draw(penalized, number, tokens.length - prompt);
    }

    /** @return whether it is always the first token with the largest logit */
    boolean isGreedy() {
        return sampling.temperature() == 0 && !sampling.penalizes();
    }

    /**
     * @param likeliest the token with the largest logit; -1 if a logit is NaN or the highest is infinite
     * @throws NotFiniteException if there is none
     */
    static int requireOrdered(int likeliest) {
        if (likeliest < 0) {
            throw notFinite();
        }
        return likeliest;
    }

    private float[] penalized(float[] scores, int[] tokens, int prompt) {
        float[] penalized = scores.clone();
        double factor = sampling.repetitionPenalty();
        Arrays.stream(tokens).distinct().forEach(
                token -> penalized[token] = (float) (scores[token] > 0 ? scores[token] / factor : scores[token] * factor));
        Set<Integer> seen = new HashSet<>();
        for (int i = prompt; i < tokens.length; i++) {
            boolean isFirst = seen.add(tokens[i]);
            penalized[tokens[i]] -= (float) (sampling.frequencyPenalty() + (isFirst ? sampling.presencePenalty() : 0));
        }
        return penalized;
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
                throw notFinite();
            }
        }
    }

    private static NotFiniteException notFinite() {
        return new NotFiniteException("no token can be chosen, since the model's logits are not finite: the memory or the "
                + "base model is invalid; encode the context again, with an adapter that was trained on such texts");
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

    private int draw(float[] scores, int number, int place) {
        double[] weights = weights(scores);
        int[] byWeight = IntStream.range(0, weights.length).boxed()
                .sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .mapToInt(Integer::intValue).toArray();
        int most = sampling.topK() == 0 ? byWeight.length : Math.min(byWeight.length, sampling.topK());
        double total = Arrays.stream(byWeight, 0, most).mapToDouble(token -> weights[token]).sum();
        int kept = 0;
        double mass = 0;
        while (kept < most && mass < sampling.topP() * total) {
            mass += weights[byWeight[kept++]];
        }
        double target = fraction(number, place) * mass;
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
                .mapToDouble(i -> Math.exp((scores[i] - highest) / sampling.temperature())).toArray();
    }

    private double fraction(int number, int place) {
        return new SplittableRandom(seed + 0x9E3779B97F4A7C15L * (((long) number << 32) + place + 1))
                .nextDouble();
    }
}
