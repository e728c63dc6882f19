package org.perk4j.backend.portable;

/** The error function, to double precision: its power series near 0, a continued fraction of its complement beyond. */
final class Erf {

    private static final double ROOT_PI = Math.sqrt(Math.PI);

    private Erf() {
    }

    static double erf(double x) {
        double magnitude = Math.abs(x);
        return Math.copySign(magnitude < 2.5 ? series(magnitude) : 1 - complement(magnitude), x);
    }

    /** {@code 2/√π·e^(-x²)·Σ 2ⁿ x^(2n+1)/(1·3·…·(2n+1))}: all terms positive, so no cancellation. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > sum * 1e-17; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / ROOT_PI * Math.exp(-x * x) * sum;
    }

    /** {@code e^(-x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …))))}. */
    private static double complement(double x) {
        if (x > 6) {
            return 0;
        }
        double fraction = x;
        for (int k = 120; k >= 1; k--) {
            fraction = x + 0.5 * k / fraction;
        }
        return Math.exp(-x * x) / ROOT_PI / fraction;
    }
}
