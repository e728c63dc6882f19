package org.perk4j.compute;

/**
 * A dual number: a value and its derivative along one direction; the arithmetic of forward mode, one element at a time.
 *
 * @param v the value
 * @param t the tangent
 */
record Dual(double v, double t) {

    static final Dual ZERO = new Dual(0, 0);

    static Dual constant(double v) {
        return new Dual(v, 0);
    }

    Dual plus(Dual o) {
        return new Dual(v + o.v, t + o.t);
    }

    Dual minus(Dual o) {
        return new Dual(v - o.v, t - o.t);
    }

    Dual times(Dual o) {
        return new Dual(v * o.v, t * o.v + v * o.t);
    }

    Dual times(double factor) {
        return new Dual(v * factor, t * factor);
    }

    /** {@code cap·tanh(x/cap)}. */
    Dual capped(double cap) {
        double y = Math.tanh(v / cap);
        return new Dual(cap * y, (1 - y * y) * t);
    }

    /** The derivative of {@link #capped}, expressed by its value, which is this. */
    Dual capSlope(double cap) {
        Dual y = times(1 / cap);
        return constant(1).minus(y.times(y));
    }

    /** {@code 1/√x}. */
    Dual inverseRoot() {
        double r = 1 / Math.sqrt(v);
        return new Dual(r, -0.5 * r / v * t);
    }
}
