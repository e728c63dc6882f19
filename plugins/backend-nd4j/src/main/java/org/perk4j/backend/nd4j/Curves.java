package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.perk4j.tensor.Function;

/**
 * The elementwise functions with their first and second derivatives. Each has a loop of its own, so that the compiler
 * sees one function per loop and keeps vectors in registers.
 */
final class Curves {

    private static final float ROOT_2_OVER_PI = 0.7978845608f;
    private static final float ROOT_1_OVER_2_PI = 0.3989422804f;
    private static final float CUBIC = 0.044715f;

    private Curves() {
    }

    /**
     * Computes {@code n} values, slopes and curvatures, or those of them that have a place to go to: null for none.
     */
    static void evaluate(Function f, ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope,
                         int slopeAt, ByteBuffer curvature, int curvatureAt) {
        switch (f) {
            case GELU_TANH -> geluTanh(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
            case GELU -> gelu(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
            case SILU -> silu(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
            case SOFTPLUS -> softplus(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
            case SQRT -> sqrt(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
            case RECIPROCAL -> reciprocal(x, xAt, n, value, valueAt, slope, slopeAt, curvature, curvatureAt);
        }
    }

    /** {@code ½(1 + tanh u)} is {@code σ(2u)}: so this is {@code x·σ(w)} with {@code w = 2√(2/π)(x + c·x³)}. */
    private static void geluTanh(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope,
                                 int slopeAt, ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector v2 = v.mul(v);
            FloatVector w = v2.fma(Simd.all(2 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI)).mul(v);
            // σ(|w|) = 1/(1+e), σ(-|w|) = e/(1+e): neither cancels, nor does their product, the slope of σ
            FloatVector e = VectorMath.exp(w.abs().neg());
            FloatVector larger = Simd.all(1f).div(e.add(1f));
            FloatVector smaller = e.mul(larger);
            FloatVector s = smaller.blend(larger, w.compare(VectorOperators.GT, 0f));
            if (value != null) {
                Simd.store(v.mul(s), value, valueAt + i, n - i);
            }
            if (slope != null || curvature != null) {
                FloatVector dw = v2.fma(Simd.all(6 * ROOT_2_OVER_PI * CUBIC), Simd.all(2 * ROOT_2_OVER_PI));
                FloatVector sigmoidSlope = smaller.mul(larger);
                FloatVector ds = sigmoidSlope.mul(dw);
                if (slope != null) {
                    Simd.store(v.fma(ds, s), slope, slopeAt + i, n - i);
                }
                if (curvature != null) {
                    FloatVector d2s = ds.mul(dw).mul(s.mul(-2f).add(1f))
                            .add(sigmoidSlope.mul(v).mul(12 * ROOT_2_OVER_PI * CUBIC));
                    Simd.store(v.fma(d2s, ds.add(ds)), curvature, curvatureAt + i, n - i);
                }
            }
        }
    }

    private static void gelu(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope, int slopeAt,
                             ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector v2 = v.mul(v);
            FloatVector gauss = VectorMath.exp(v2.mul(-0.5f));
            FloatVector density = gauss.mul(ROOT_1_OVER_2_PI);
            FloatVector distribution = VectorMath.normal(v, gauss);
            if (value != null) {
                Simd.store(v.mul(distribution), value, valueAt + i, n - i);
            }
            if (slope != null) {
                Simd.store(v.fma(density, distribution), slope, slopeAt + i, n - i);
            }
            if (curvature != null) {
                Simd.store(density.mul(Simd.all(2f).sub(v2)), curvature, curvatureAt + i, n - i);
            }
        }
    }

    private static void silu(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope, int slopeAt,
                             ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector e = VectorMath.exp(v.abs().neg());
            FloatVector larger = Simd.all(1f).div(e.add(1f));
            FloatVector smaller = e.mul(larger);
            FloatVector s = smaller.blend(larger, v.compare(VectorOperators.GT, 0f));
            FloatVector ds = smaller.mul(larger);
            if (value != null) {
                Simd.store(v.mul(s), value, valueAt + i, n - i);
            }
            if (slope != null) {
                Simd.store(v.fma(ds, s), slope, slopeAt + i, n - i);
            }
            if (curvature != null) {
                FloatVector factor = v.fma(s.mul(-2f).add(1f), Simd.all(2f));
                Simd.store(ds.mul(factor), curvature, curvatureAt + i, n - i);
            }
        }
    }

    private static void softplus(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope,
                                 int slopeAt, ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector e = VectorMath.exp(v.abs().neg());
            if (value != null) {
                FloatVector positivePart = v.add(v.abs()).mul(0.5f);
                Simd.store(positivePart.add(VectorMath.log1p(e)), value, valueAt + i, n - i);
            }
            FloatVector larger = Simd.all(1f).div(e.add(1f));
            FloatVector smaller = e.mul(larger);
            if (slope != null) {
                VectorMask<Float> positive = v.compare(VectorOperators.GT, 0f);
                Simd.store(smaller.blend(larger, positive), slope, slopeAt + i, n - i);
            }
            if (curvature != null) {
                Simd.store(smaller.mul(larger), curvature, curvatureAt + i, n - i);
            }
        }
    }

    private static void sqrt(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope, int slopeAt,
                             ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector v = Simd.load(x, xAt + i);
            FloatVector root = v.lanewise(VectorOperators.SQRT);
            VectorMask<Float> none = v.compare(VectorOperators.EQ, 0f);
            FloatVector inverse = Simd.all(1f).div(root).blend(0f, none);
            if (value != null) {
                Simd.store(root, value, valueAt + i, n - i);
            }
            if (slope != null) {
                Simd.store(inverse.mul(0.5f), slope, slopeAt + i, n - i);
            }
            if (curvature != null) {
                // finite, lest an infinite curvature times a tangent of 0 be undefined
                FloatVector cube = inverse.mul(inverse).mul(inverse).min(Float.MAX_VALUE);
                Simd.store(cube.mul(-0.25f), curvature, curvatureAt + i, n - i);
            }
        }
    }

    private static void reciprocal(ByteBuffer x, int xAt, int n, ByteBuffer value, int valueAt, ByteBuffer slope,
                                   int slopeAt, ByteBuffer curvature, int curvatureAt) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector r = Simd.all(1f).div(Simd.load(x, xAt + i));
            FloatVector r2 = r.mul(r);
            if (value != null) {
                Simd.store(r, value, valueAt + i, n - i);
            }
            if (slope != null) {
                Simd.store(r2.neg(), slope, slopeAt + i, n - i);
            }
            if (curvature != null) {
                Simd.store(r2.mul(r).mul(2f), curvature, curvatureAt + i, n - i);
            }
        }
    }
}
