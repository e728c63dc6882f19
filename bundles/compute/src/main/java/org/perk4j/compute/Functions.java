package org.perk4j.compute;

import org.perk4j.tensor.Activation;

/** The elementwise functions with their first two derivatives, accurate in their tails and free of overflow. */
final class Functions {

    private static final double ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Functions() {
    }

    /** @return the derivative of the given order, 0 for the function itself */
    static double derivative(Activation f, int order, double x) {
        return switch (f) {
            case GELU_TANH -> geluTanh(order, x);
            case GELU -> gelu(order, x);
            case SILU -> gated(order, x, x, 1, 0);
            case SOFTPLUS -> softplus(order, x);
            case SQRT -> sqrt(order, x);
            case RECIPROCAL -> switch (order) {
                case 0 -> 1 / x;
                case 1 -> -1 / (x * x);
                default -> 2 / (x * x * x);
            };
            case SIGN -> order == 0 ? Math.signum(x) : 0;
            case TANH -> tanh(order, x);
            case EXP -> Math.exp(x);
            case LOG -> switch (order) {
                case 0 -> Math.log(x);
                case 1 -> 1 / x;
                default -> -1 / (x * x);
            };
        };
    }

    /** GELU's tanh approximation as {@code x·σ(2u)}, since {@code (1 + tanh(u))/2 = σ(2u)}. */
    private static double geluTanh(int order, double x) {
        return gated(order, x, 2 * ROOT_2_OVER_PI * (x + CUBIC * x * x * x),
                2 * ROOT_2_OVER_PI * (1 + 3 * CUBIC * x * x), 12 * ROOT_2_OVER_PI * CUBIC * x);
    }

    /** {@code x·σ(w)} for a function w of x, given w and its first two derivatives. */
    private static double gated(int order, double x, double w, double dw, double ddw) {
        double s = logistic(w);
        double ds = s * logistic(-w);
        if (order == 0) {
            return x * s;
        }
        if (ds == 0) {
            // Saturated: the derivatives are those of x or 0, even if those of w overflow.
            return order == 1 ? s : 0;
        }
        return order == 1 ? s + x * ds * dw : ds * (2 * dw + x * ((1 - 2 * s) * dw * dw + ddw));
    }

    private static double gelu(int order, double x) {
        double density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
        double distribution = 0.5 * ErrorFunction.complement(-x / Math.sqrt(2));
        return switch (order) {
            case 0 -> x * distribution;
            case 1 -> distribution + x * density;
            default -> density == 0 ? 0 : density * (2 - x * x);
        };
    }

    private static double softplus(int order, double x) {
        return switch (order) {
            case 0 -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case 1 -> logistic(x);
            default -> logistic(x) * logistic(-x);
        };
    }

    /** The first derivative is {@code 4σ(2x)σ(-2x)}, which avoids cancellation. */
    private static double tanh(int order, double x) {
        double slope = 4 * logistic(2 * x) * logistic(-2 * x);
        return switch (order) {
            case 0 -> Math.tanh(x);
            case 1 -> slope;
            default -> -2 * Math.tanh(x) * slope;
        };
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double sqrt(int order, double x) {
        double root = Math.sqrt(x);
        return switch (order) {
            case 0 -> root;
            case 1 -> x == 0 ? 0 : 0.5 / root;
            default -> x == 0 ? 0 : -0.25 / (x * root);
        };
    }
}
