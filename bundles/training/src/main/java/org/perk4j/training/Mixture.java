package org.perk4j.training;

import java.util.ArrayList;
import java.util.List;

/** Draws sequences from several sources according to their weights. */
final class Mixture {

    private final List<SequenceSource> sources;
    private final Shares shares;

    Mixture(List<SequenceSource> sources, List<Double> weights, long seed) {
        this.sources = sources;
        this.shares = new Shares(weights, seed);
    }

    List<Sequence> training(long n) {
        return sources.get(shares.pick(n)).training(n);
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
