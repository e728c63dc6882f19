package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.perk4j.tensor.Activation;

/**
 * The elementwise functions with their first and second derivatives, one tile of elements at a time. Costly parts that all
 * three have in common are computed first, as two <em>parts</em> of each element; the rest is cheap arithmetic.
 *
 * <p>Each loop is a short method of its own, and each function a class of its own: in a long method, or one into which the
 * loops of several functions are inlined, the compiler fails to keep vectors in registers.
 */
abstract class Curves {

    /** The number of elements of a tile: with its parts and derivatives it fits into the first-level cache. */
    static final int TILE = 1024;

    private static final float ROOT_2_OVER_PI = 0.7978845608f;
    private static final float ROOT_1_OVER_2_PI = 0.3989422804f;
    private static final float CUBIC = 0.044715f;
    /** log of the largest float. */
    private static final float LARGEST_EXPONENT = 88.72283f;

    final ByteBuffer scratch;
    /** The indices of the parts. */
    final int p;
    final int q;

    private Curves(ByteBuffer scratch, int at) {
        this.scratch = scratch;
        this.p = at;
        this.q = at + TILE;
    }

    /**
     * @param scratch room for the parts
     * @param at      the index of two tiles in it
     */
    static Curves of(Activation function, ByteBuffer scratch, int at) {
        return switch (function) {
            case GELU_TANH -> new GeluTanh(scratch, at);
            case GELU -> new Gelu(scratch, at);
            case SILU -> new Silu(scratch, at);
            case SOFTPLUS -> new Softplus(scratch, at);
            case SQRT -> new Root(scratch, at);
            case RECIPROCAL -> new Reciprocal(scratch, at);
            case SIGN -> new Sign(scratch, at);
            case TANH -> new Tanh(scratch, at);
            case EXP -> new Exponential(scratch, at);
            case LOG -> new Logarithm(scratch, at);
        };
    }

    /** Computes the parts of {@code n ≤ TILE} elements, for the methods below. */
    abstract void prepare(ByteBuffer x, int xAt, int n);

    abstract void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n);

    abstract void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n);

    abstract void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n);

    /** A function {@code x·p(x)}. The first part is p; the second is the slope of p, or what a subclass computes it from. */
    private abstract static class Gated extends Curves {

        Gated(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.multiply(r, rAt, x, xAt, scratch, p, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            gatedSlope(x, xAt, scratch, p, q, r, rAt, n);
        }
    }

    private static final class GeluTanh extends Gated {

        GeluTanh(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            doubledGeluArgument(x, xAt, scratch, p, n);
            sigmoid(scratch, p, scratch, p, q, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            geluTanhSlope(x, xAt, scratch, p, q, r, rAt, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            geluTanhCurvature(x, xAt, scratch, p, q, r, rAt, n);
        }
    }

    private static final class Gelu extends Gated {

        Gelu(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            normal(x, xAt, scratch, p, q, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            geluCurvature(x, xAt, scratch, q, r, rAt, n);
        }
    }

    private static final class Silu extends Gated {

        Silu(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            sigmoid(x, xAt, scratch, p, q, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            siluCurvature(x, xAt, scratch, p, q, r, rAt, n);
        }
    }

    private static final class Softplus extends Curves {

        Softplus(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            sigmoid(x, xAt, scratch, p, q, n);
        }

        @Override
        void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            softplus(x, xAt, r, rAt, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.copy(r, rAt, scratch, p, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.copy(r, rAt, scratch, q, n);
        }
    }

    /** A function that is its own first part. */
    private abstract static class Direct extends Curves {

        Direct(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.copy(r, rAt, scratch, p, n);
        }
    }

    private static final class Root extends Direct {

        Root(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            root(x, xAt, scratch, p, q, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.affine(r, rAt, scratch, q, n, 0.5f, 0);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            rootCurvature(scratch, q, r, rAt, n);
        }
    }

    private static final class Reciprocal extends Direct {

        Reciprocal(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            reciprocal(x, xAt, scratch, p, q, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.affine(r, rAt, scratch, q, n, -1, 0);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            product(scratch, p, q, 2, r, rAt, n);
        }
    }

    /** Its slope is its second part. */
    private static final class Tanh extends Direct {

        Tanh(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            tanh(x, xAt, scratch, p, q, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.copy(r, rAt, scratch, q, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            product(scratch, p, q, -2, r, rAt, n);
        }
    }

    private static final class Exponential extends Direct {

        Exponential(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            exponential(x, xAt, scratch, p, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            value(x, xAt, r, rAt, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            value(x, xAt, r, rAt, n);
        }
    }

    private static final class Logarithm extends Direct {

        Logarithm(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
            logarithm(x, xAt, scratch, p, q, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.copy(r, rAt, scratch, q, n);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            product(scratch, q, q, -1, r, rAt, n);
        }
    }

    private static final class Sign extends Curves {

        Sign(ByteBuffer scratch, int at) {
            super(scratch, at);
        }

        @Override
        void prepare(ByteBuffer x, int xAt, int n) {
        }

        @Override
        void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            sign(x, xAt, r, rAt, n);
        }

        @Override
        void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.fill(r, rAt, n, 0);
        }

        @Override
        void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
            Rows.fill(r, rAt, n, 0);
        }
    }

    // ---- parts

    /** {@code ½(1 + tanh u)} is {@code σ(2u)}, so GPT-2's GELU is {@code x·σ(w)} with {@code w = 2√(2/π)(x + c·x³)}. */
    private static void doubledGeluArgument(ByteBuffer x, int xAt, ByteBuffer s, int p, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector cubic = v.mul(v).fma(Simd.all(2 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
            Simd.store(cubic.mul(v), s, p + i);
        }
    }

    /** σ and its slope. σ(|v|) = 1/(1+e) and σ(-|v|) = e/(1+e) don't cancel, nor does their product, the slope. */
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

    /** tanh and its slope, with e = e^(-2|x|): {@code 4e/(1+e)²} doesn't cancel. */
    private static void tanh(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector e = VectorMath.exp(v.abs().mul(-2f));
            FloatVector part = Simd.all(2f).div(e.add(1f));
            Simd.store(VectorMath.tanh(v), s, p + i);
            Simd.store(e.mul(part).mul(part), s, q + i);
        }
    }

    private static void exponential(ByteBuffer x, int xAt, ByteBuffer s, int p, int n) {
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

    // ---- values and derivatives

    /** {@code max(x, 0) + log(1 + e^(-|x|))}. */
    private static void softplus(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector tail = VectorMath.log1p(VectorMath.exp(v.abs().neg()));
            Simd.store(v.add(v.abs()).mul(0.5f).add(tail), r, rAt + i, n - i);
        }
    }

    /** The sign; NaN remains NaN. */
    private static void sign(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector sign = v.blend(1f, v.compare(VectorOperators.GT, 0f)).blend(-1f, v.compare(VectorOperators.LT, 0f));
            Simd.store(sign, r, rAt + i, n - i);
        }
    }

    /** The slope of {@code x·p(x)}, where q is the slope of p. */
    private static void gatedSlope(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            Simd.store(v.fma(Simd.load(s, q + i), Simd.load(s, p + i)), r, rAt + i, n - i);
        }
    }

    private static void geluTanhSlope(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector dw = v.mul(v).fma(Simd.all(6 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
            FloatVector ds = Simd.load(s, q + i).mul(dw);
            Simd.store(v.fma(ds, Simd.load(s, p + i)), r, rAt + i, n - i);
        }
    }

    private static void geluTanhCurvature(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt,
                                          int n) {
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

    private static void geluCurvature(ByteBuffer x, int xAt, ByteBuffer s, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            Simd.store(Simd.load(s, q + i).mul(Simd.all(2f).sub(v.mul(v))), r, rAt + i, n - i);
        }
    }

    private static void siluCurvature(ByteBuffer x, int xAt, ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector bend = Simd.load(s, p + i).mul(-2f).add(1f);
            FloatVector factor = Simd.load(x, xAt + i).fma(bend, Simd.all(2f));
            Simd.store(Simd.load(s, q + i).mul(factor), r, rAt + i, n - i);
        }
    }

    /** Finite, since an infinite curvature times a tangent of 0 would be NaN. */
    private static void rootCurvature(ByteBuffer s, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector inverse = Simd.load(s, q + i);
            FloatVector cube = inverse.mul(inverse).mul(inverse).min(Float.MAX_VALUE);
            Simd.store(cube.mul(-0.25f), r, rAt + i, n - i);
        }
    }

    private static void product(ByteBuffer s, int p, int q, float factor, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(Simd.load(s, p + i).mul(Simd.load(s, q + i)).mul(factor), r, rAt + i, n - i);
        }
    }
}
