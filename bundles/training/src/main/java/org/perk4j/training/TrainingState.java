package org.perk4j.training;

/**
 * The state of a run between two steps: everything that the rest of it depends on.
 *
 * @param counters its counters
 * @param values   the trained values
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

    /** @return this state with the current values as the best */
    TrainingState withBest(Counters next) {
        return new TrainingState(next, values, first, second, values.copy());
    }

    /**
     * The counters of a run.
     *
     * @param step           the number of steps done
     * @param position       the position in the data
     * @param updates        the optimizer's updates: fewer than steps if a gradient was not finite
     * @param tokens         the number of tokens read in training
     * @param seconds        the time spent on steps
     * @param bestStep       the step with the lowest validation loss, 0 if there was no validation
     * @param bestLoss       that loss, infinite if there was no validation
     * @param bestExactMatch the share of right answers at that step, NaN if none was asked
     * @param unimproved     the number of validations since that step
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
