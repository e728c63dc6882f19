package org.perk4j.backend.nd4j;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Transcendental functions on vectors, to float accuracy. (The Vector API's own call Java's scalar functions if the JDK has
 * no vector math library.)
 */
final class VectorMath {

    private static final float LOG2_E = 1.44269504f;
    /** log 2 as the sum of a part with few digits, so that small multiples of it are exact, and the rest. */
    private static final float LN_2_HIGH = 0.693359375f;
    private static final float LN_2_LOW = -2.12194440e-4f;
    /** 1.5·2²³: added to a small number it leaves the nearest integer in the lowest bits. */
    private static final float ROUNDER = 12582912f;
    /** Below this, the result would be subnormal, and is replaced by 0. */
    private static final float EXP_UNDERFLOW = -87.33f;

    /** The bits of √½, as a float. */
    private static final int ROOT_HALF = 0x3F3504F3;

    private VectorMath() {
    }

    /** eˣ for x ≤ 88; below -87.33 it is 0. */
    static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(Simd.all(LOG2_E), Simd.all(ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(Simd.all(-LN_2_HIGH), x);
        r = n.fma(Simd.all(-LN_2_LOW), r);
        // Cephes' minimax polynomial of (eʳ - 1 - r)/r² on |r| ≤ log(2)/2
        FloatVector p = Simd.all(1.9875691500e-4f);
        p = p.fma(r, Simd.all(1.3981999507e-3f));
        p = p.fma(r, Simd.all(8.3334519073e-3f));
        p = p.fma(r, Simd.all(4.1665795894e-2f));
        p = p.fma(r, Simd.all(1.6666665459e-1f));
        p = p.fma(r, Simd.all(5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector scaled = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return scaled.blend(0f, x.compare(VectorOperators.LT, EXP_UNDERFLOW));
    }

    /** The hyperbolic tangent: by its series near 0, where the quotient of exponentials would cancel. */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector e = exp(size.mul(-2f));
        FloatVector far = Simd.all(1f).sub(e).div(e.add(1f));
        FloatVector square = x.mul(x);
        FloatVector near = Simd.all(62f / 2835);
        near = near.fma(square, Simd.all(-17f / 315));
        near = near.fma(square, Simd.all(2f / 15));
        near = near.fma(square, Simd.all(-1f / 3));
        near = near.mul(square).fma(x, x);
        return far.blend(far.neg(), x.compare(VectorOperators.LT, 0f)).blend(near, size.compare(VectorOperators.LT, 0.3f));
    }

    /** The natural logarithm of normal numbers: that of m·2ᵏ with m near 1 is k·log 2 + 2·artanh((m-1)/(m+1)). */
    static FloatVector log(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector k = bits.sub(ROOT_HALF).lanewise(VectorOperators.ASHR, 23);
        FloatVector m = bits.sub(k.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
        FloatVector s = m.sub(1f).div(m.add(1f));
        FloatVector s2 = s.mul(s);
        FloatVector p = Simd.all(1f / 9);
        p = p.fma(s2, Simd.all(1f / 7));
        p = p.fma(s2, Simd.all(1f / 5));
        p = p.fma(s2, Simd.all(1f / 3));
        p = p.mul(s2).fma(s, s);
        FloatVector exponent = (FloatVector) k.convert(VectorOperators.I2F, 0);
        FloatVector log = exponent.fma(Simd.all(LN_2_HIGH), exponent.fma(Simd.all(LN_2_LOW), p.add(p)));
        return log.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY))
                .blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f))
                .blend(Float.NaN, x.compare(VectorOperators.LT, 0f));
    }

    /** log(1 + e) for 0 ≤ e ≤ 1, as 2·artanh(e/(2 + e)). */
    static FloatVector log1p(FloatVector e) {
        FloatVector s = e.div(e.add(2f));
        FloatVector s2 = s.mul(s);
        FloatVector p = Simd.all(1f / 15);
        p = p.fma(s2, Simd.all(1f / 13));
        p = p.fma(s2, Simd.all(1f / 11));
        p = p.fma(s2, Simd.all(1f / 9));
        p = p.fma(s2, Simd.all(1f / 7));
        p = p.fma(s2, Simd.all(1f / 5));
        p = p.fma(s2, Simd.all(1f / 3));
        p = p.fma(s2, Simd.all(1f));
        return s.add(s).mul(p);
    }

    /**
     * The normal distribution function, by Abramowitz and Stegun 7.1.26 (1.5e-7 absolute).
     *
     * @param gauss e^(-x²/2)
     */
    static FloatVector normal(FloatVector x, FloatVector gauss) {
        FloatVector z = x.abs().mul(0.70710678f);
        FloatVector t = Simd.all(1f).div(z.fma(Simd.all(0.3275911f), Simd.all(1f)));
        FloatVector p = Simd.all(1.061405429f);
        p = p.fma(t, Simd.all(-1.453152027f));
        p = p.fma(t, Simd.all(1.421413741f));
        p = p.fma(t, Simd.all(-0.284496736f));
        p = p.fma(t, Simd.all(0.254829592f));
        FloatVector tail = p.mul(t).mul(gauss).mul(0.5f);
        VectorMask<Float> positive = x.compare(VectorOperators.GT, 0f);
        return tail.blend(Simd.all(1f).sub(tail), positive);
    }
}
