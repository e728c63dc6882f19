package org.perk4j.inference;

import java.util.random.RandomGenerator;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;

/** Makes the initial values of parameters. */
public final class InitialValues {

    private InitialValues() {
    }

    /**
     * @param random of normally distributed elements
     * @param base   the weights of the adapted model
     * @return the parameter's elements, row by row
     */
    public static float[] of(ParameterSpec spec, RandomGenerator random, Initial.Weights base) {
        float[] values = new float[Math.toIntExact(spec.shape().size())];
        if (spec.initial() instanceof Initial.OfWeights computed) {
            double[] elements = computed.computation().elements(base);
            if (elements.length != values.length) {
                throw new IllegalStateException(spec.name() + " begins with " + elements.length + " elements, not "
                        + spec.shape());
            }
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) elements[i];
            }
        } else if (spec.initial() instanceof Initial.Normal normal) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (normal.mean()
                        + (normal.standardDeviation() == 0 ? 0 : normal.standardDeviation() * random.nextGaussian()));
            }
        }
        return values;
    }
}
