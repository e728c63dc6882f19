package org.perk4j.evaluation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.statistics.interval.Interval;
import org.apache.commons.statistics.interval.NormalConfidenceInterval;

/**
 * What memories made their base forget: how much the perplexity of an unrelated text rose with each of them. Of the
 * perplexities with memories the geometric mean is taken, so of the losses the arithmetic one.
 *
 * @param memories   their number
 * @param perplexity without a memory
 * @param rise       the rise with a memory, as a share of {@code perplexity}
 * @param low        lower bound of the 95 % confidence interval of {@code rise} over memories (Student's, of the losses);
 *                   NaN for fewer than two
 * @param high       upper bound of that interval
 */
public record Forgetting(int memories, double perplexity, double rise, double low, double high) {

    private static final double ERROR_RATE = 0.05;

    /**
     * @param without the text's mean loss of a token without a memory, in nats
     * @param with    the same with each memory; at least one
     */
    public static Forgetting of(double without, List<Double> with) {
        double[] rises = with.stream().mapToDouble(loss -> loss - without).toArray();
        double mean = Arrays.stream(rises).average().orElseThrow();
        if (rises.length < 2) {
            return new Forgetting(rises.length, Math.exp(without), Math.expm1(mean), Double.NaN, Double.NaN);
        }
        double variance = Arrays.stream(rises).map(rise -> (rise - mean) * (rise - mean)).sum() / (rises.length - 1);
        Interval interval = NormalConfidenceInterval.MEAN.fromErrorRate(mean, variance, rises.length, ERROR_RATE);
        return new Forgetting(rises.length, Math.exp(without), Math.expm1(mean), Math.expm1(interval.getLowerBound()),
                Math.expm1(interval.getUpperBound()));
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("memories", memories);
        json.put("perplexity", perplexity);
        json.put("rise", rise);
        json.put("low", low);
        json.put("high", high);
        return json;
    }
}
