package org.perk4j.backend.nd4j;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Transcendental functions on vectors, to float accuracy. (The Vector API's own call Java's scalar functions if the JDK has
 * no vector math library.)
 *
 * <p>They are inlined into loops. The compiler inlines up to a limit (18,000 nodes, each operation on vectors takes some
 * hundreds), and what is then still to be called gets vectors on the heap, which takes ten times as long. So a loop should
 * have one of these functions and little besides; constants that exist as vectors take less code than those that are made
 * of a float, but are loaded each time. {@code KernelAllocationTest} finds loops that have become too long.
 */
final class VectorMath {

    private static final FloatVector ONE = Simd.all(1f);
    private static final FloatVector TWO = Simd.all(2f);

    private static final FloatVector LOG2_E = Simd.all(1.44269504f);
    /** log 2 as the sum of a part with few digits, so that small multiples of it are exact, and the rest. */
    private static final FloatVector LN_2_HIGH = Simd.all(0.693359375f);
    private static final FloatVector LN_2_LOW = Simd.all(-2.12194440e-4f);
    /** 1.5·2²³: added to a small number it leaves the nearest integer in the lowest bits. */
    private static final FloatVector ROUNDER = Simd.all(12582912f);
    /** Below this, the result would be subnormal, and is replaced by 0. */
    private static final FloatVector EXP_UNDERFLOW = Simd.all(-87.33f);

    /** The bits of √½, as a float. */
    private static final int ROOT_HALF = 0x3F3504F3;

    /** By power of s: the series of artanh. */
    private static final FloatVector ARTANH_3 = Simd.all(1f / 3);
    private static final FloatVector ARTANH_5 = Simd.all(1f / 5);
    private static final FloatVector ARTANH_7 = Simd.all(1f / 7);
    private static final FloatVector ARTANH_9 = Simd.all(1f / 9);
    private static final FloatVector ARTANH_11 = Simd.all(1f / 11);
    private static final FloatVector ARTANH_13 = Simd.all(1f / 13);
    private static final FloatVector ARTANH_15 = Simd.all(1f / 15);

    private static final FloatVector ROOT_1_OVER_2 = Simd.all(0.70710678f);
    /** Abramowitz and Stegun 7.1.26, with half of the coefficients there, by power of t. */
    private static final FloatVector NORMAL_T = Simd.all(0.3275911f);
    private static final FloatVector NORMAL_1 = Simd.all(0.254829592f / 2);
    private static final FloatVector NORMAL_2 = Simd.all(-0.284496736f / 2);
    private static final FloatVector NORMAL_3 = Simd.all(1.421413741f / 2);
    private static final FloatVector NORMAL_4 = Simd.all(-1.453152027f / 2);
    private static final FloatVector NORMAL_5 = Simd.all(1.061405429f / 2);

    private VectorMath() {
    }

    /** eˣ for x ≤ 88; below -87.33 it is 0. */
    static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(LOG2_E, ROUNDER);
        FloatVector scaled = timesPower(reducedExpm1(x, shifted).add(ONE), shifted);
        return scaled.blend(Simd.zero(), x.compare(VectorOperators.LT, EXP_UNDERFLOW));
    }

    /** eʳ - 1 with r = x - n·log 2; n is in the lowest bits of {@code shifted}. */
    private static FloatVector reducedExpm1(FloatVector x, FloatVector shifted) {
        FloatVector minusN = ROUNDER.sub(shifted);
        FloatVector r = minusN.fma(LN_2_LOW, minusN.fma(LN_2_HIGH, x));
        // Cephes' minimax polynomial of (eʳ - 1 - r)/r² on |r| ≤ log(2)/2
        FloatVector p = Simd.all(1.9875691500e-4f);
        p = p.fma(r, Simd.all(1.3981999507e-3f));
        p = p.fma(r, Simd.all(8.3334519073e-3f));
        p = p.fma(r, Simd.all(4.1665795894e-2f));
        p = p.fma(r, Simd.all(1.6666665459e-1f));
        p = p.fma(r, Simd.all(5.0000001201e-1f));
        return p.fma(r.mul(r), r);
    }

    /** x·2ⁿ, where n is in the lowest bits of {@code shifted}. */
    private static FloatVector timesPower(FloatVector x, FloatVector shifted) {
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return x.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /** The hyperbolic tangent: that of |x| is -m/(2 + m) with m = e^(-2|x|) - 1, which doesn't cancel near 0. */
    static FloatVector tanh(FloatVector x) {
        FloatVector u = x.abs().mul(-2f).max(EXP_UNDERFLOW);
        FloatVector shifted = u.fma(LOG2_E, ROUNDER);
        FloatVector power = timesPower(ONE, shifted);
        FloatVector m = reducedExpm1(u, shifted).fma(power, power.sub(ONE));
        FloatVector negative = m.div(m.add(TWO));
        return negative.blend(negative.neg(), x.compare(VectorOperators.GT, Simd.zero()));
    }

    /** The natural logarithm of normal numbers: that of m·2ᵏ with m near 1 is k·log 2 + 2·artanh((m-1)/(m+1)). */
    static FloatVector log(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector k = bits.sub(ROOT_HALF).lanewise(VectorOperators.ASHR, 23);
        FloatVector m = bits.sub(k.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
        FloatVector s = m.sub(ONE).div(m.add(ONE));
        FloatVector s2 = s.mul(s);
        FloatVector p = ARTANH_9.fma(s2, ARTANH_7).fma(s2, ARTANH_5).fma(s2, ARTANH_3).mul(s2).fma(s, s);
        FloatVector exponent = (FloatVector) k.convert(VectorOperators.I2F, 0);
        FloatVector log = exponent.fma(LN_2_HIGH, exponent.fma(LN_2_LOW, p.add(p)));
        return log.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY))
                .blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f))
                .blend(Float.NaN, x.compare(VectorOperators.LT, 0f));
    }

    /** log(1 + e) for 0 ≤ e ≤ 1, as 2·artanh(e/(2 + e)). */
    static FloatVector log1p(FloatVector e) {
        FloatVector s = e.div(e.add(TWO));
        FloatVector s2 = s.mul(s);
        FloatVector p = ARTANH_15.fma(s2, ARTANH_13).fma(s2, ARTANH_11).fma(s2, ARTANH_9).fma(s2, ARTANH_7)
                .fma(s2, ARTANH_5).fma(s2, ARTANH_3).fma(s2, ONE);
        return s.add(s).mul(p);
    }

    /**
     * The normal distribution function, by Abramowitz and Stegun 7.1.26 (1.5e-7 absolute).
     *
     * @param gauss e^(-x²/2)
     */
    static FloatVector normal(FloatVector x, FloatVector gauss) {
        FloatVector t = ONE.div(x.abs().mul(ROOT_1_OVER_2).fma(NORMAL_T, ONE));
        FloatVector p = NORMAL_5.fma(t, NORMAL_4).fma(t, NORMAL_3).fma(t, NORMAL_2).fma(t, NORMAL_1);
        FloatVector tail = p.mul(t).mul(gauss);
        return tail.blend(ONE.sub(tail), x.compare(VectorOperators.GT, Simd.zero()));
    }
}
