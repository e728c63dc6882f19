package org.perk4j.training;

import java.util.ArrayList;
import java.util.List;

/** Draws sequences from several sources according to their weights. */
final class Mixture {

    private final List<SequenceSource> sources;
    private final double[] cumulative;
    private final long seed;

    Mixture(List<SequenceSource> sources, List<Double> weights, long seed) {
        this.sources = sources;
        this.seed = seed;
        this.cumulative = new double[weights.size()];
        double sum = 0;
        for (int i = 0; i < cumulative.length; i++) {
            sum += weights.get(i);
            cumulative[i] = sum;
        }
    }

    List<Sequence> training(long n) {
        double target = Keys.fraction(Keys.of(seed, n)) * cumulative[cumulative.length - 1];
        int i = 0;
        while (cumulative[i] <= target && i < cumulative.length - 1) {
            i++;
        }
        return sources.get(i).training(n);
    }

    /** @return the sequences of this number of validation draws, or of all, from the sources in turn */
    List<Sequence> validation(int draws) {
        List<Sequence> sequences = new ArrayList<>();
        int drawn = 0;
        boolean more = true;
        for (long n = 0; more && drawn < draws; n++) {
            more = false;
            for (SequenceSource source : sources) {
                if (n < source.validations() && drawn < draws) {
                    sequences.addAll(source.validation(n));
                    drawn++;
                    more = true;
                }
            }
        }
        return sequences;
    }

    List<SequenceSource> sources() {
        return sources;
    }
}
