package org.perk4j.compute;

/** Layer norm and RMS norm of one row, forward and backward, in dual arithmetic. */
final class Norms {

    private Norms() {
    }

    /** A row normalized to mean 0 (if centred) and mean square 1, and the factor for that. */
    record Normalized(Dual[] row, Dual factor) {
    }

    static Normalized normalize(Dual[] x, boolean centred, double epsilon) {
        int n = x.length;
        Dual mean = Dual.ZERO;
        if (centred) {
            for (Dual e : x) {
                mean = mean.plus(e);
            }
            mean = mean.times(1.0 / n);
        }
        Dual[] row = new Dual[n];
        Dual square = Dual.ZERO;
        for (int j = 0; j < n; j++) {
            row[j] = x[j].minus(mean);
            square = square.plus(row[j].times(row[j]));
        }
        Dual factor = square.times(1.0 / n).plus(Dual.constant(epsilon)).inverseRoot();
        for (int j = 0; j < n; j++) {
            row[j] = row[j].times(factor);
        }
        return new Normalized(row, factor);
    }

    /**
     * The gradient with respect to the row: {@code factor·(h - mean(h) - row·mean(h ⊙ row))}, where y = row ⊙ gain and
     * h = g ⊙ gain.
     */
    static Dual[] inputGradient(Normalized normalized, Dual[] gain, Dual[] gradient, boolean centred) {
        int n = gain.length;
        Dual[] h = new Dual[n];
        Dual mean = Dual.ZERO;
        Dual along = Dual.ZERO;
        for (int j = 0; j < n; j++) {
            h[j] = gradient[j].times(gain[j]);
            mean = mean.plus(h[j]);
            along = along.plus(h[j].times(normalized.row[j]));
        }
        mean = centred ? mean.times(1.0 / n) : Dual.ZERO;
        along = along.times(1.0 / n);
        Dual[] result = new Dual[n];
        for (int j = 0; j < n; j++) {
            result[j] = h[j].minus(mean).minus(normalized.row[j].times(along)).times(normalized.factor);
        }
        return result;
    }
}
