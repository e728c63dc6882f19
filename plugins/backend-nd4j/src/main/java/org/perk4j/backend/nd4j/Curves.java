package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.perk4j.tensor.Function;

/**
 * The elementwise functions with their first and second derivatives, on a tile of elements at a time. What is costly and
 * common to all three is computed first, as two <em>parts</em> of each element; the rest is cheap arithmetic.
 *
 * <p>Each loop is a method of its own and short: the compiler gives up keeping vectors in registers in a long one.
 */
final class Curves {

    /** Elements of a tile: with its parts and derivatives it stays in the first-level cache. */
    static final int TILE = 1024;

    private static final float ROOT_2_OVER_PI = 0.7978845608f;
    private static final float ROOT_1_OVER_2_PI = 0.3989422804f;
    private static final float CUBIC = 0.044715f;

    private final Function function;
    private final ByteBuffer scratch;
    private final int p;
    private final int q;

    /**
     * @param scratch room for the parts
     * @param at      where two tiles of it begin
     */
    Curves(Function function, ByteBuffer scratch, int at) {
        this.function = function;
        this.scratch = scratch;
        this.p = at;
        this.q = at + TILE;
    }

    /** Computes the parts of {@code n ≤ TILE} elements, for the methods below. */
    void prepare(ByteBuffer x, int xAt, int n) {
        switch (function) {
            case GELU_TANH -> {
                doubledGeluArgument(x, xAt, scratch, p, n);
                sigmoid(scratch, p, scratch, p, q, n);
            }
            case GELU -> normal(x, xAt, scratch, p, q, n);
            case SILU, SOFTPLUS -> sigmoid(x, xAt, scratch, p, q, n);
            case SQRT -> root(x, xAt, scratch, p, q, n);
            case RECIPROCAL -> reciprocal(x, xAt, scratch, p, q, n);
        }
    }

    void value(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        switch (function) {
            case GELU_TANH, GELU, SILU -> Rows.multiply(r, rAt, x, xAt, scratch, p, n);
            case SOFTPLUS -> softplus(x, xAt, r, rAt, n);
            case SQRT, RECIPROCAL -> Rows.copy(r, rAt, scratch, p, n);
        }
    }

    void slope(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        switch (function) {
            case GELU_TANH -> geluTanhSlope(x, xAt, scratch, p, q, r, rAt, n);
            case GELU, SILU -> gatedSlope(x, xAt, scratch, p, q, r, rAt, n);
            case SOFTPLUS -> Rows.copy(r, rAt, scratch, p, n);
            case SQRT -> Rows.affine(r, rAt, scratch, q, n, 0.5f, 0);
            case RECIPROCAL -> Rows.affine(r, rAt, scratch, q, n, -1, 0);
        }
    }

    void curvature(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        switch (function) {
            case GELU_TANH -> geluTanhCurvature(x, xAt, scratch, p, q, r, rAt, n);
            case GELU -> geluCurvature(x, xAt, scratch, q, r, rAt, n);
            case SILU -> siluCurvature(x, xAt, scratch, p, q, r, rAt, n);
            case SOFTPLUS -> Rows.copy(r, rAt, scratch, q, n);
            case SQRT -> rootCurvature(scratch, q, r, rAt, n);
            case RECIPROCAL -> reciprocalCurvature(scratch, p, q, r, rAt, n);
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

    // ---- values and derivatives

    /** {@code max(x, 0) + log(1 + e^(-|x|))}. */
    private static void softplus(ByteBuffer x, int xAt, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector tail = VectorMath.log1p(VectorMath.exp(v.abs().neg()));
            Simd.store(v.add(v.abs()).mul(0.5f).add(tail), r, rAt + i, n - i);
        }
    }

    /** Of {@code x·p(x)} where q is the slope of p. */
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

    /** Finite, lest an infinite curvature times a tangent of 0 be undefined. */
    private static void rootCurvature(ByteBuffer s, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector inverse = Simd.load(s, q + i);
            FloatVector cube = inverse.mul(inverse).mul(inverse).min(Float.MAX_VALUE);
            Simd.store(cube.mul(-0.25f), r, rAt + i, n - i);
        }
    }

    private static void reciprocalCurvature(ByteBuffer s, int p, int q, ByteBuffer r, int rAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(Simd.load(s, p + i).mul(Simd.load(s, q + i)).mul(2f), r, rAt + i, n - i);
        }
    }
}
