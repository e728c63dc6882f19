package org.perk4j.training;

/**
 * Where a run stands, between two steps: all that the rest of it depends on.
 *
 * @param counters what can be counted
 * @param values   what is trained
 * @param first    the optimizer's first moment
 * @param second   its second moment
 * @param best     the values with the lowest validation loss so far; the initial ones before the first validation
 */
record TrainingState(Counters counters, Variables values, Variables first, Variables second, Variables best) {

    static TrainingState initial(Variables values) {
        return new TrainingState(Counters.START, values, Variables.zeros(values.specs()), Variables.zeros(values.specs()),
                values.copy());
    }

    TrainingState with(Counters next) {
        return new TrainingState(next, values, first, second, best);
    }

    /** @return the same with the present values as the best */
    TrainingState withBest(Counters next) {
        return new TrainingState(next, values, first, second, values.copy());
    }

    /**
     * The numbers of a run.
     *
     * @param step           steps done
     * @param position       in the data
     * @param updates        of the optimizer: fewer than steps if a gradient was not finite
     * @param tokens         read in training
     * @param seconds        spent
     * @param bestStep       the step with the lowest validation loss, 0 if there was none
     * @param bestLoss       that loss, infinite if there was none
     * @param bestExactMatch the share of right answers then, NaN if not asked
     * @param unimproved     validations since then
     */
    record Counters(long step, long position, long updates, long tokens, double seconds, long bestStep, double bestLoss,
                    double bestExactMatch, int unimproved) {

        static final Counters START = new Counters(0, 0, 0, 0, 0, 0, Double.POSITIVE_INFINITY, Double.NaN, 0);

        Counters after(Trainer.TrainStep found, boolean updated, double stepSeconds) {
            return new Counters(step + 1, found.position(), updates + (updated ? 1 : 0), tokens + found.tokens(),
                    seconds + stepSeconds, bestStep, bestLoss, bestExactMatch, unimproved);
        }

        Counters improved(Trainer.Validation validation) {
            return new Counters(step, position, updates, tokens, seconds, step, validation.loss(), validation.exactMatch(),
                    0);
        }

        Counters notImproved(boolean counted) {
            return new Counters(step, position, updates, tokens, seconds, bestStep, bestLoss, bestExactMatch,
                    counted ? unimproved + 1 : 0);
        }
    }
}
