package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.perk4j.tensor.Activation;

/**
 * The elementwise functions with their first and second derivatives, one tile of elements at a time. Costly terms that these
 * three have in common are computed first, as two <em>parts</em> of each element; the rest is cheap arithmetic.
 *
 * <p>Each loop is a short method, and is called by reference: in a long method, or one into which the loops of several
 * functions are inlined, the compiler fails to keep vectors in registers.
 */
final class ActivationKernels {

    /** The number of elements of a tile: with its parts and derivatives it fits into the first-level cache. */
    static final int TILE = 1024;

    private static final float ROOT_2_OVER_PI = 0.7978845608f;
    private static final float ROOT_1_OVER_2_PI = 0.3989422804f;
    private static final float CUBIC = 0.044715f;
    /** log of the largest float. */
    private static final float LARGEST_EXPONENT = 88.72283f;

    private final Loops loops;
    private final ByteBuffer scratch;
    /** The indices of the parts. */
    private final int p;
    private final int q;

    /**
     * @param scratch room for the parts
     * @param at      the index of two tiles in it
     */
    ActivationKernels(Activation function, ByteBuffer scratch, int at) {
        this.loops = loops(function);
        this.scratch = scratch;
        this.p = at;
        this.q = at + TILE;
    }

    /** Computes the parts p and q, two tiles of s, of n elements x. */
    @FunctionalInterface
    private interface Parts {
        void compute(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n);
    }

    /** Computes r from elements x and their parts. */
    @FunctionalInterface
    private interface Result {
        void compute(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n);
    }

    /** The loops of a function. */
    private record Loops(Parts parts, Result value, Result derivative, Result secondDerivative) {
    }

    /** For a function {@code x·p(x)}, q is the derivative of p, or what the derivatives are computed from. */
    private static Loops loops(Activation function) {
        Result copyP = (x, xAt, s, p, q, r, rAt, n) -> Rows.copy(r, rAt, s, p, n);
        Result copyQ = (x, xAt, s, p, q, r, rAt, n) -> Rows.copy(r, rAt, s, q, n);
        Result zero = (x, xAt, s, p, q, r, rAt, n) -> Rows.fill(r, rAt, n, 0);
        Result gated = (x, xAt, s, p, q, r, rAt, n) -> Rows.multiply(r, rAt, x, xAt, s, p, n);
        return switch (function) {
            case GELU_TANH -> new Loops(ActivationKernels::geluTanh, gated, ActivationKernels::geluTanhFirst,
                    ActivationKernels::geluTanhSecond);
            case GELU -> new Loops(ActivationKernels::normal, gated, ActivationKernels::gatedFirst,
                    ActivationKernels::geluSecond);
            case SILU -> new Loops(ActivationKernels::sigmoid, gated, ActivationKernels::gatedFirst,
                    ActivationKernels::siluSecond);
            case SOFTPLUS -> new Loops(ActivationKernels::sigmoid, ActivationKernels::softplus, copyP, copyQ);
            case SQRT -> new Loops(ActivationKernels::root, copyP, times(0.5f), ActivationKernels::rootSecond);
            case RECIPROCAL -> new Loops(ActivationKernels::reciprocal, copyP, times(-1), productTimes(2));
            case SIGN -> new Loops((x, xAt, s, p, q, n) -> { }, ActivationKernels::sign, zero, zero);
            case TANH -> new Loops(ActivationKernels::tanh, copyP, ActivationKernels::tanhFirst,
                    ActivationKernels::tanhSecond);
            case EXP -> new Loops(ActivationKernels::exponential, copyP, copyP, copyP);
            case LOG -> new Loops(ActivationKernels::logarithm, copyP, copyQ, ActivationKernels::logSecond);
        };
    }

    /** @return {@code factor·q} */
    private static Result times(float factor) {
        return (x, xAt, s, p, q, r, rAt, n) -> Rows.affine(r, rAt, s, q, n, factor, 0);
    }

    /** @return {@code factor·p·q} */
    private static Result productTimes(float factor) {
        return (x, xAt, s, p, q, r, rAt, n) -> product(s, p, q, factor, r, rAt, n);
    }

    /** Computes the parts of {@code n ≤ TILE} elements, for the methods below. */
    void prepare(ByteBuffer x, int xAt, int n) {
        loops.parts.compute(x, xAt, scratch, p, q, n);
    }

    void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        loops.value.compute(x, xAt, scratch, p, q, r, rAt, n);
    }

    void derivative(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        loops.derivative.compute(x, xAt, scratch, p, q, r, rAt, n);
    }

    void secondDerivative(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        loops.secondDerivative.compute(x, xAt, scratch, p, q, r, rAt, n);
    }

    // ---- parts

    /** {@code ½(1 + tanh u)} is {@code σ(2u)}, so GPT-2's GELU is {@code x·σ(w)} with {@code w = 2√(2/π)(x + c·x³)}. */
    private static void geluTanh(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        doubledGeluArgument(x, xAt, s, p, n);
        sigmoid(s, p, s, p, q, n);
    }

    private static void doubledGeluArgument(ByteBuffer x, int xAt, ByteBuffer s, int p, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector cubic = v.mul(v).fma(Simd.all(2 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
            Simd.store(cubic.mul(v), s, p + i);
        }
    }

    /** σ and its derivative. σ(|v|) = 1/(1+e) and σ(-|v|) = e/(1+e) don't cancel, nor does their product, the latter. */
    private static void sigmoid(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector e = VectorMath.exp(v.abs().neg());
            FloatVector larger = Simd.all(1f).div(e.add(1f));
            FloatVector smaller = e.mul(larger);
            Simd.store(smaller.blend(larger, v.compare(VectorOperators.GT, 0f)), s, p + i);
            Simd.store(smaller.mul(larger), s, q + i);
        }
    }

    /** The normal distribution and its density. */
    private static void normal(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector gauss = VectorMath.exp(v.mul(v).mul(-0.5f));
            Simd.store(VectorMath.normal(v, gauss), s, p + i);
            Simd.store(gauss.mul(ROOT_1_OVER_2_PI), s, q + i);
        }
    }

    /** {@code √x}, and {@code 1/√x} but 0 at 0. */
    private static void root(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector root = v.lanewise(VectorOperators.SQRT);
            VectorMask<Float> none = v.compare(VectorOperators.EQ, 0f);
            Simd.store(root, s, p + i);
            Simd.store(Simd.all(1f).div(root).blend(0f, none), s, q + i);
        }
    }

    /** {@code 1/x} and its square. */
    private static void reciprocal(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector r = Simd.all(1f).div(Simd.load(x, xAt + i));
            Simd.store(r, s, p + i);
            Simd.store(r.mul(r), s, q + i);
        }
    }

    private static void tanh(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(VectorMath.tanh(Simd.load(x, xAt + i)), s, p + i);
        }
    }

    private static void exponential(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            VectorMask<Float> over = v.compare(VectorOperators.GT, LARGEST_EXPONENT);
            Simd.store(VectorMath.exp(v).blend(Float.POSITIVE_INFINITY, over), s, p + i);
        }
    }

    /** {@code log x} and {@code 1/x}. */
    private static void logarithm(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            Simd.store(VectorMath.log(v), s, p + i);
            Simd.store(Simd.all(1f).div(v), s, q + i);
        }
    }

    // ---- values, first and second derivatives

    /** {@code max(x, 0) + log(1 + e)} with e = e^(-|x|), which is σ'(x)/σ(|x|)². */
    private static void softplus(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector sigmoid = Simd.load(s, p + i);
            FloatVector larger = sigmoid.max(Simd.all(1f).sub(sigmoid));
            FloatVector tail = VectorMath.log1p(Simd.load(s, q + i).div(larger.mul(larger)));
            Simd.store(v.add(v.abs()).mul(0.5f).add(tail), r, rAt + i, n - i);
        }
    }

    /** The sign; NaN remains NaN. */
    private static void sign(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector sign = v.blend(1f, v.compare(VectorOperators.GT, 0f)).blend(-1f, v.compare(VectorOperators.LT, 0f));
            Simd.store(sign, r, rAt + i, n - i);
        }
    }

    /** The derivative of {@code x·p(x)}, where q is that of p. */
    private static void gatedFirst(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            Simd.store(v.fma(Simd.load(s, q + i), Simd.load(s, p + i)), r, rAt + i, n - i);
        }
    }

    private static void geluTanhFirst(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector dw = v.mul(v).fma(Simd.all(6 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
            FloatVector ds = Simd.load(s, q + i).mul(dw);
            Simd.store(v.fma(ds, Simd.load(s, p + i)), r, rAt + i, n - i);
        }
    }

    private static void geluTanhSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector dw = v.mul(v).fma(Simd.all(6 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
            FloatVector slope = Simd.load(s, q + i);
            FloatVector ds = slope.mul(dw);
            FloatVector bend = ds.mul(dw).mul(Simd.load(s, p + i).mul(-2f).add(1f));
            FloatVector d2s = slope.mul(v).fma(Simd.all(12 * ROOT_2_OVER_PI * CUBIC), bend);
            Simd.store(v.fma(d2s, ds.add(ds)), r, rAt + i, n - i);
        }
    }

    private static void geluSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            Simd.store(Simd.load(s, q + i).mul(Simd.all(2f).sub(v.mul(v))), r, rAt + i, n - i);
        }
    }

    private static void siluSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector bend = Simd.load(s, p + i).mul(-2f).add(1f);
            FloatVector factor = Simd.load(x, xAt + i).fma(bend, Simd.all(2f));
            Simd.store(Simd.load(s, q + i).mul(factor), r, rAt + i, n - i);
        }
    }

    private static void tanhFirst(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(tanhDerivative(Simd.load(x, xAt + i)), r, rAt + i, n - i);
        }
    }

    private static void tanhSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector factor = Simd.load(s, p + i).mul(-2f);
            Simd.store(tanhDerivative(Simd.load(x, xAt + i)).mul(factor), r, rAt + i, n - i);
        }
    }

    /** {@code 4e/(1+e)²} with e = e^(-2|v|), which doesn't cancel. */
    private static FloatVector tanhDerivative(FloatVector v) {
        FloatVector e = VectorMath.exp(v.abs().mul(-2f));
        FloatVector part = Simd.all(2f).div(e.add(1f));
        return e.mul(part).mul(part);
    }

    /** Finite, since an infinite derivative times a tangent of 0 would be NaN. */
    private static void rootSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector inverse = Simd.load(s, q + i);
            FloatVector cube = inverse.mul(inverse).mul(inverse).min(Float.MAX_VALUE);
            Simd.store(cube.mul(-0.25f), r, rAt + i, n - i);
        }
    }

    private static void logSecond(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        product(s, q, q, -1, r, rAt, n);
    }

    private static void product(ByteBuffer s, int p, int q, float factor, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(Simd.load(s, p + i).mul(Simd.load(s, q + i)).mul(factor), r, rAt + i, n - i);
        }
    }
}
