package org.perk4j.adapter.adalora;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Chooses the ranks that the layers keep. The importance of a rank is the sensitivity of the loss to its singular value and
 * vectors, {@code |E·∇E| + mean|A·∇A| + mean|B·∇B|}, smoothed over the steps, times its smoothed uncertainty. The paper
 * (3.2) smooths the sensitivity of each element, which takes two numbers per element; here it takes two per rank. While the
 * budget falls from all ranks to the target, as a cubic function of the step, the least important singular values are set to
 * 0, from where they can grow again; at the end they are masked.
 *
 * @param layers the names of each layer's parameters
 */
record RankBudget(AdaLoraOptions options, List<Names> layers) {

    /** The names of a layer's parameters. */
    record Names(String a, String e, String b, String mask, String importance, String uncertainty) {
    }

    /** A rank of a layer. */
    private record Rank(Names layer, int number, double score) {
    }

    void afterStep(long step, long steps, Map<String, float[]> values, Map<String, float[]> gradients) {
        long last = Math.max(1, steps - options.tfinal());
        if (step > last) {
            return;
        }
        layers.forEach(layer -> updateImportance(layer, values, gradients));
        boolean ends = step == last;
        if (ends || step > options.tinit() && step % options.deltaT() == 0) {
            take(ends ? target() : budget(step, last), ends, values);
        }
    }

    private int all() {
        return options.initR() * layers.size();
    }

    private int target() {
        return options.targetR() * layers.size();
    }

    /** @return the number of ranks to keep after a step, where {@code last} is the step of the final choice */
    int budget(long step, long last) {
        double share = (double) (last - step) / Math.max(1, last - options.tinit());
        return (int) ((all() - target()) * share * share * share) + target();
    }

    private void updateImportance(Names layer, Map<String, float[]> values, Map<String, float[]> gradients) {
        double[] found = new double[options.initR()];
        add(found, values.get(layer.e), gradients.get(layer.e), 1, 1);
        int inputs = values.get(layer.a).length / found.length;
        add(found, values.get(layer.a), gradients.get(layer.a), inputs, 1.0 / inputs);
        int outputs = values.get(layer.b).length / found.length;
        for (int i = 0; i < outputs; i++) {
            for (int rank = 0; rank < found.length; rank++) {
                int at = i * found.length + rank;
                found[rank] += Math.abs((double) values.get(layer.b)[at] * gradients.get(layer.b)[at]) / outputs;
            }
        }
        float[] importance = values.get(layer.importance);
        float[] uncertainty = values.get(layer.uncertainty);
        for (int rank = 0; rank < found.length; rank++) {
            importance[rank] = (float) (options.beta1() * importance[rank] + (1 - options.beta1()) * found[rank]);
            uncertainty[rank] = (float) (options.beta2() * uncertainty[rank]
                    + (1 - options.beta2()) * Math.abs(found[rank] - importance[rank]));
        }
    }

    private static void add(double[] found, float[] value, float[] gradient, int columns, double share) {
        for (int i = 0; i < value.length; i++) {
            found[i / columns] += Math.abs((double) value[i] * gradient[i]) * share;
        }
    }

    private void take(int left, boolean forGood, Map<String, float[]> values) {
        layers.stream().flatMap(layer -> IntStream.range(0, options.initR()).mapToObj(rank -> new Rank(layer, rank,
                        (double) values.get(layer.importance)[rank] * values.get(layer.uncertainty)[rank])))
                .sorted(Comparator.comparingDouble(Rank::score)).limit(all() - left).forEach(rank -> {
                    values.get(rank.layer.e)[rank.number] = 0;
                    if (forGood) {
                        values.get(rank.layer.mask)[rank.number] = 0;
                    }
                });
    }
}
