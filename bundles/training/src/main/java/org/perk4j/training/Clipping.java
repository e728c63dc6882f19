package org.perk4j.training;

import java.util.List;
import java.util.stream.DoubleStream;

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
        double before = norm(gradient);
        if (!Double.isFinite(before)) {
            return before;
        }
        if (tensorLimit > 0) {
            gradient.parallelStream().forEach(tensor -> shrink(tensor, tensorLimit, Math.sqrt(sumOfSquares(tensor))));
        }
        if (limit > 0) {
            double norm = tensorLimit > 0 ? norm(gradient) : before;
            gradient.parallelStream().forEach(tensor -> shrink(tensor, limit, norm));
        }
        return before;
    }

    /** Tensors are summed in their order, whichever thread sums the elements of each. */
    private static double norm(List<float[]> gradient) {
        double[] squares = gradient.parallelStream().mapToDouble(Clipping::sumOfSquares).toArray();
        return Math.sqrt(DoubleStream.of(squares).sum());
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
