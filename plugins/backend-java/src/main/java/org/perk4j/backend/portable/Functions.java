package org.perk4j.backend.portable;

import org.perk4j.tensor.Function;

/** The elementwise functions with their first two derivatives. */
final class Functions {

    private static final double ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Functions() {
    }

    /** @return the derivative of the given order, 0 for the function itself */
    static double derivative(Function f, int order, double x) {
        return switch (f) {
            case GELU_TANH -> geluTanh(order, x);
            case GELU -> gelu(order, x);
            case SILU -> silu(order, x);
            case SOFTPLUS -> softplus(order, x);
            case SQRT -> sqrt(order, x);
            case RECIPROCAL -> switch (order) {
                case 0 -> 1 / x;
                case 1 -> -1 / (x * x);
                default -> 2 / (x * x * x);
            };
        };
    }

    private static double geluTanh(int order, double x) {
        double inner = ROOT_2_OVER_PI * (x + CUBIC * x * x * x);
        double slope = ROOT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
        double tanh = Math.tanh(inner);
        double sech2 = 1 - tanh * tanh;
        return switch (order) {
            case 0 -> 0.5 * x * (1 + tanh);
            case 1 -> 0.5 * (1 + tanh) + 0.5 * x * sech2 * slope;
            default -> sech2 * slope + 0.5 * x * sech2 * (ROOT_2_OVER_PI * 6 * CUBIC * x - 2 * tanh * slope * slope);
        };
    }

    private static double gelu(int order, double x) {
        double density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
        double distribution = 0.5 * (1 + Erf.erf(x / Math.sqrt(2)));
        return switch (order) {
            case 0 -> x * distribution;
            case 1 -> distribution + x * density;
            default -> density * (2 - x * x);
        };
    }

    private static double silu(int order, double x) {
        double s = 1 / (1 + Math.exp(-x));
        double ds = s * (1 - s);
        return switch (order) {
            case 0 -> x * s;
            case 1 -> s + x * ds;
            default -> ds * (2 + x * (1 - 2 * s));
        };
    }

    private static double softplus(int order, double x) {
        double s = 1 / (1 + Math.exp(-x));
        return switch (order) {
            case 0 -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case 1 -> s;
            default -> s * (1 - s);
        };
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
