package org.perk4j.training;

import java.util.List;

/** Picks one of several according to their weights. The n-th pick is a function of n. Thread-safe. */
final class Shares {

    private final double[] cumulative;
    private final long seed;

    /** @param weights above 0, at least one */
    Shares(List<Double> weights, long seed) {
        this.seed = seed;
        this.cumulative = new double[weights.size()];
        double sum = 0;
        for (int i = 0; i < cumulative.length; i++) {
            sum += weights.get(i);
            cumulative[i] = sum;
        }
    }

    /** @return an index into the weights */
    int pick(long n) {
        double target = Keys.fraction(Keys.of(seed, n)) * cumulative[cumulative.length - 1];
        int i = 0;
        while (cumulative[i] <= target && i < cumulative.length - 1) {
            i++;
        }
        return i;
    }
}
