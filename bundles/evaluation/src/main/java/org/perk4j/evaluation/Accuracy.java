package org.perk4j.evaluation;

import java.util.Collection;
import org.apache.commons.statistics.interval.BinomialConfidenceInterval;
import org.apache.commons.statistics.interval.Interval;

/**
 * The share of questions answered right, with a confidence interval.
 *
 * @param questions  the number of questions asked
 * @param exactMatch the share of them answered right; NaN if none was asked
 * @param low        lower bound of the 95 % confidence interval of {@code exactMatch} (Wilson 1927)
 * @param high       upper bound of that interval
 * @param f1         mean F1; NaN if none was asked
 * @param contained  the share of questions whose right answer stands in the given one; NaN if none was asked
 */
public record Accuracy(int questions, double exactMatch, double low, double high, double f1, double contained) {

    private static final double ERROR_RATE = 0.05;

    /** @return the accuracy of the answers given */
    public static Accuracy of(Collection<Example> answered) {
        if (answered.isEmpty()) {
            return new Accuracy(0, Double.NaN, 0, 1, Double.NaN, Double.NaN);
        }
        int questions = answered.size();
        int right = (int) answered.stream().filter(Example::isRight).count();
        Interval interval = BinomialConfidenceInterval.WILSON_SCORE.fromErrorRate(questions, right, ERROR_RATE);
        double f1 = answered.stream().mapToDouble(Example::f1).average().orElseThrow();
        double contained = answered.stream().filter(Example::isContained).count() / (double) questions;
        return new Accuracy(questions, right / (double) questions, interval.getLowerBound(), interval.getUpperBound(), f1,
                contained);
    }
}
