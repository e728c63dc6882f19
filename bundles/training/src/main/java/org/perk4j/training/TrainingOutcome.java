package org.perk4j.training;

import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param folder     where its result is
 * @param finished   whether it came to its end, or was stopped and can be resumed
 * @param steps      done
 * @param bestStep   the step whose values the result has; 0 if none was validated
 * @param bestLoss   its validation loss; infinite if none was validated
 * @param exactMatch the share of validation questions that it answered right; NaN if none was asked
 * @param tokens     read in training
 * @param seconds    spent on steps
 */
public record TrainingOutcome(Path folder, boolean finished, long steps, long bestStep, double bestLoss,
                              double exactMatch, long tokens, double seconds) {

    static TrainingOutcome of(TrainingState.Counters counters, Path folder, boolean finished) {
        return new TrainingOutcome(folder, finished, counters.step(), counters.bestStep(), counters.bestLoss(),
                counters.bestExactMatch(), counters.tokens(), counters.seconds());
    }
}
