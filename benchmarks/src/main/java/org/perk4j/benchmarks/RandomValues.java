package org.perk4j.benchmarks;

import java.util.Random;
import org.perk4j.backend.Compute;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/**
 * Values drawn at random, from the seed: {@code mean ± standardDeviation} with equal chance. Neither time nor memory
 * depends on them. They are made where they will stay, so that loading leaves nothing behind to be mistaken for weights.
 */
final class RandomValues implements Values {

    private final Random random = new Random(1);

    @Override
    public Tensor tensor(Compute compute, String group, ParameterSpec parameter) {
        Initial.Normal initial = (Initial.Normal) parameter.initial();
        double deviation = initial.standardDeviation();
        if (deviation == 0) {
            return compute.fill(parameter.shape(), initial.mean());
        }
        Tensor zeroOrTwo = compute.dropoutMask(random.longs(parameter.shape().rows()).toArray(),
                parameter.shape().columns(), 0.5);
        Tensor values = compute.affine(zeroOrTwo, deviation, initial.mean() - deviation);
        compute.free(zeroOrTwo);
        return values;
    }

    @Override
    public int[][] tokens(String name, int sequences, int length, int vocabulary) {
        int[][] tokens = new int[sequences][];
        for (int i = 0; i < sequences; i++) {
            tokens[i] = random.ints(length, 0, vocabulary).toArray();
        }
        return tokens;
    }
}
