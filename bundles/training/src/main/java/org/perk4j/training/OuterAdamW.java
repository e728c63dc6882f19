package org.perk4j.training;

import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.perk4j.model.ParameterSpec;

/**
 * AdamW (Loshchilov, Hutter 2019) on arrays, with bias correction and decoupled weight decay. Several threads share the
 * parameters.
 */
final class OuterAdamW {

    private final OuterOptions options;
    private final Predicate<ParameterSpec> isRate;

    /** @param isRate whether a parameter is a learned learning rate */
    OuterAdamW(OuterOptions options, Predicate<ParameterSpec> isRate) {
        this.options = options;
        this.isRate = isRate;
    }

    /**
     * Updates {@code values} and both moments in place.
     *
     * @param update the number of the update, from 1
     */
    void update(Variables values, Variables first, Variables second, Variables gradient, long update, double rate) {
        double correction1 = 1 - StrictMath.pow(options.beta1(), update);
        double correction2 = 1 - StrictMath.pow(options.beta2(), update);
        IntStream.range(0, values.specs().size()).parallel().forEach(i -> {
            ParameterSpec spec = values.specs().get(i);
            if (!spec.learned()) {
                return;
            }
            boolean learningRate = isRate.test(spec);
            double tensorRate = rate * (learningRate ? options.rateScale() : 1) * spec.rateFactor();
            boolean decays = !learningRate && spec.shape().rows() > 1 && spec.shape().columns() > 1;
            update(values.values().get(i), first.values().get(i), second.values().get(i), gradient.values().get(i),
                    (float) (tensorRate / correction1), (float) (1 / Math.sqrt(correction2)),
                    (float) (decays ? 1 - tensorRate * options.weightDecay() : 1));
        });
    }

    private void update(float[] values, float[] first, float[] second, float[] gradient, float rate, float rootCorrection,
                        float kept) {
        float beta1 = (float) options.beta1();
        float beta2 = (float) options.beta2();
        float epsilon = (float) options.epsilon();
        for (int i = 0; i < values.length; i++) {
            float g = gradient[i];
            float m = beta1 * first[i] + (1 - beta1) * g;
            float v = beta2 * second[i] + (1 - beta2) * g * g;
            first[i] = m;
            second[i] = v;
            values[i] = kept * values[i] - rate * m / ((float) Math.sqrt(v) * rootCorrection + epsilon);
        }
    }
}
