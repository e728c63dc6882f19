package org.perk4j.compute;

/** The complementary error function, in full double precision even where it is tiny. */
final class ErrorFunction {

    private static final double ROOT_PI = Math.sqrt(Math.PI);
    private static final double SERIES_LIMIT = 2;
    /** Beyond this, the result underflows. */
    private static final double LARGEST = 27.3;

    private ErrorFunction() {
    }

    /** @return {@code erfc(x) = 2/√π ∫ exp(-t²) dt} from x to infinity */
    static double complement(double x) {
        double magnitude = Math.abs(x);
        double tail = magnitude < SERIES_LIMIT ? 1 - series(magnitude) : fraction(magnitude);
        return x < 0 ? 2 - tail : tail;
    }

    /** {@code erf(x) = 2/√π·e^(-x²)·Σ 2ⁿ x^(2n+1)/(1·3·…·(2n+1))}: all terms positive, so no cancellation. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > sum * 1e-17; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / ROOT_PI * Math.exp(-x * x) * sum;
    }

    /** {@code erfc(x) = e^(-x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …))))}. */
    private static double fraction(double x) {
        if (x > LARGEST) {
            return 0;
        }
        double fraction = x;
        for (int k = 120; k >= 1; k--) {
            fraction = x + 0.5 * k / fraction;
        }
        return Math.exp(-x * x) / ROOT_PI / fraction;
    }
}
