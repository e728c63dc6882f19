package org.perk4j.training;

import java.util.List;

/** Limits the norm of a gradient, in place. */
final class Clipping {

    private final double tensorLimit;
    private final double limit;

    Clipping(OuterOptions options) {
        this.tensorLimit = options.clipTensor();
        this.limit = options.clip();
    }

    /** @return the gradient's norm before clipping; if it is not finite, nothing is changed */
    double apply(List<float[]> gradient) {
        double before = Math.sqrt(gradient.stream().mapToDouble(Clipping::sumOfSquares).sum());
        if (!Double.isFinite(before)) {
            return before;
        }
        if (tensorLimit > 0) {
            gradient.forEach(tensor -> shrink(tensor, tensorLimit, Math.sqrt(sumOfSquares(tensor))));
        }
        if (limit > 0) {
            double norm = Math.sqrt(gradient.stream().mapToDouble(Clipping::sumOfSquares).sum());
            gradient.forEach(tensor -> shrink(tensor, limit, norm));
        }
        return before;
    }

    private static void shrink(float[] values, double limit, double norm) {
        if (norm > limit) {
            float factor = (float) (limit / norm);
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor;
            }
        }
    }

    private static double sumOfSquares(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }
}
