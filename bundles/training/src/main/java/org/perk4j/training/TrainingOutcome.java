package org.perk4j.training;

import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param folder     the folder of the result
 * @param finished   whether the run is complete, rather than stopped and to be resumed
 * @param steps      the number of steps done
 * @param bestStep   the step whose values are the result; 0 if there was no validation
 * @param bestLoss   its validation loss; infinite if there was no validation
 * @param exactMatch the share of validation questions answered right; NaN if none was asked
 * @param tokens     the number of tokens read in training
 * @param seconds    the time spent on steps
 */
public record TrainingOutcome(Path folder, boolean finished, long steps, long bestStep, double bestLoss,
                              double exactMatch, long tokens, double seconds) {

    static TrainingOutcome of(TrainingState.Counters counters, Path folder, boolean finished) {
        return new TrainingOutcome(folder, finished, counters.step(), counters.bestStep(), counters.bestLoss(),
                counters.bestExactMatch(), counters.tokens(), counters.seconds());
    }
}
