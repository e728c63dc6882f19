package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Loops over runs of contiguous floats, the building blocks of kernels. Single-threaded; indices count elements. */
final class Rows {

    private Rows() {
    }

    /** Does nothing if n is negative. */
    static void fill(ByteBuffer r, int rAt, int n, float value) {
        if (n <= 0) {
            return;
        }
        FloatVector v = Simd.all(value);
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(v, r, rAt + i);
        }
        Simd.storeRest(v, r, rAt + whole, n - whole);
    }

    static void copy(ByteBuffer r, int rAt, ByteBuffer a, int aAt, int n) {
        r.put(rAt << 2, a, aAt << 2, n << 2);
    }

    /** {@code r = scale·a + shift}. */
    static void affine(ByteBuffer r, int rAt, ByteBuffer a, int aAt, int n, float scale, float shift) {
        FloatVector factor = Simd.all(scale);
        FloatVector term = Simd.all(shift);
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.flush(Simd.load(a, aAt + i).fma(factor, term)), r, rAt + i);
        }
        if (whole < n) {
            Simd.storeRest(Simd.flush(Simd.load(a, aAt + whole).fma(factor, term)), r, rAt + whole, n - whole);
        }
    }

    /** {@code r = α·a + β·b}. */
    static void combine(ByteBuffer r, int rAt, float alpha, ByteBuffer a, int aAt, float beta, ByteBuffer b, int bAt,
                        int n) {
        FloatVector s = Simd.all(alpha);
        FloatVector t = Simd.all(beta);
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.flush(Simd.load(a, aAt + i).fma(s, Simd.load(b, bAt + i).mul(t))), r, rAt + i);
        }
        if (whole < n) {
            FloatVector sum = Simd.load(a, aAt + whole).fma(s, Simd.load(b, bAt + whole).mul(t));
            Simd.storeRest(Simd.flush(sum), r, rAt + whole, n - whole);
        }
    }

    /** {@code r = a ⊙ b}. */
    static void multiply(ByteBuffer r, int rAt, ByteBuffer a, int aAt, ByteBuffer b, int bAt, int n) {
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.flush(Simd.load(a, aAt + i).mul(Simd.load(b, bAt + i))), r, rAt + i);
        }
        if (whole < n) {
            Simd.storeRest(Simd.flush(Simd.load(a, aAt + whole).mul(Simd.load(b, bAt + whole))), r, rAt + whole, n - whole);
        }
    }

    /** {@code r = a ⊙ b + c ⊙ d}. */
    static void multiplyAdd(ByteBuffer r, int rAt, ByteBuffer a, int aAt, ByteBuffer b, int bAt, ByteBuffer c, int cAt,
                            ByteBuffer d, int dAt, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector cd = Simd.load(c, cAt + i).mul(Simd.load(d, dAt + i));
            FloatVector sum = Simd.load(a, aAt + i).fma(Simd.load(b, bAt + i), cd);
            Simd.store(Simd.flush(sum), r, rAt + i, n - i);
        }
    }

    /** {@code r += a}. */
    static void add(ByteBuffer r, int rAt, ByteBuffer a, int aAt, int n) {
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.load(r, rAt + i).add(Simd.load(a, aAt + i)), r, rAt + i);
        }
        if (whole < n) {
            Simd.storeRest(Simd.load(r, rAt + whole).add(Simd.load(a, aAt + whole)), r, rAt + whole, n - whole);
        }
    }

    /** {@code r += a ⊙ b}. */
    static void addProduct(ByteBuffer r, int rAt, ByteBuffer a, int aAt, ByteBuffer b, int bAt, int n) {
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.load(a, aAt + i).fma(Simd.load(b, bAt + i), Simd.load(r, rAt + i)), r, rAt + i);
        }
        if (whole < n) {
            FloatVector sum = Simd.load(a, aAt + whole).fma(Simd.load(b, bAt + whole), Simd.load(r, rAt + whole));
            Simd.storeRest(sum, r, rAt + whole, n - whole);
        }
    }

    /** {@code Σ a ⊙ b}. */
    static float dot(ByteBuffer a, int aAt, ByteBuffer b, int bAt, int n) {
        FloatVector even = Simd.zero();
        FloatVector odd = Simd.zero();
        int i = 0;
        for (; i <= n - 2 * Simd.LANES; i += 2 * Simd.LANES) {
            even = Simd.load(a, aAt + i).fma(Simd.load(b, bAt + i), even);
            odd = Simd.load(a, aAt + i + Simd.LANES).fma(Simd.load(b, bAt + i + Simd.LANES), odd);
        }
        if (i <= n - Simd.LANES) {
            even = Simd.load(a, aAt + i).fma(Simd.load(b, bAt + i), even);
            i += Simd.LANES;
        }
        if (i < n) {
            even = Simd.load(a, aAt + i, n - i).fma(Simd.load(b, bAt + i, n - i), even);
        }
        return Simd.sum(even.add(odd));
    }

    /** {@code Σ a}. */
    static float sum(ByteBuffer a, int aAt, int n) {
        FloatVector even = Simd.zero();
        FloatVector odd = Simd.zero();
        int i = 0;
        for (; i <= n - 2 * Simd.LANES; i += 2 * Simd.LANES) {
            even = even.add(Simd.load(a, aAt + i));
            odd = odd.add(Simd.load(a, aAt + i + Simd.LANES));
        }
        if (i <= n - Simd.LANES) {
            even = even.add(Simd.load(a, aAt + i));
            i += Simd.LANES;
        }
        if (i < n) {
            even = even.add(Simd.load(a, aAt + i, n - i));
        }
        return Simd.sum(even.add(odd));
    }

    /** {@code Σ (a - ā) ⊙ (b - b̄)}. */
    static float centredDot(ByteBuffer a, int aAt, float aMean, ByteBuffer b, int bAt, float bMean, int n) {
        FloatVector aMeans = Simd.all(aMean);
        FloatVector bMeans = Simd.all(bMean);
        FloatVector even = Simd.zero();
        FloatVector odd = Simd.zero();
        int i = 0;
        for (; i <= n - 2 * Simd.LANES; i += 2 * Simd.LANES) {
            even = Simd.load(a, aAt + i).sub(aMeans).fma(Simd.load(b, bAt + i).sub(bMeans), even);
            odd = Simd.load(a, aAt + i + Simd.LANES).sub(aMeans)
                    .fma(Simd.load(b, bAt + i + Simd.LANES).sub(bMeans), odd);
        }
        if (i <= n - Simd.LANES) {
            even = Simd.load(a, aAt + i).sub(aMeans).fma(Simd.load(b, bAt + i).sub(bMeans), even);
            i += Simd.LANES;
        }
        if (i < n) {
            FloatVector product = Simd.load(a, aAt + i).sub(aMeans).mul(Simd.load(b, bAt + i).sub(bMeans));
            even = even.add(Simd.first(product, n - i));
        }
        return Simd.sum(even.add(odd));
    }

    /** The largest of {@code n > 0} elements. */
    static float max(ByteBuffer a, int aAt, int n) {
        FloatVector max = Simd.all(Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            max = max.max(Simd.load(a, aAt + i));
        }
        float result = max.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            result = Math.max(result, a.getFloat((aAt + i) << 2));
        }
        return result;
    }

    /** Replaces {@code a} by {@code exp(a - max)}, and returns the sum. */
    static float expSum(ByteBuffer a, int aAt, int n, float max) {
        FloatVector shift = Simd.all(max);
        FloatVector sum = Simd.zero();
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector e = VectorMath.exp(Simd.load(a, aAt + i).sub(shift));
            Simd.store(e, a, aAt + i);
            sum = sum.add(e);
        }
        if (i < n) {
            FloatVector e = VectorMath.exp(Simd.load(a, aAt + i).sub(shift));
            e = Simd.first(e, n - i);
            Simd.storeRest(e, a, aAt + i, n - i);
            sum = sum.add(e);
        }
        return Simd.sum(sum);
    }

    /** {@code a = cap·tanh(a/cap)}. */
    static void softCap(ByteBuffer a, int aAt, int n, float cap) {
        for (int i = 0; i < n; i += Simd.LANES) {
            Simd.store(VectorMath.tanh(Simd.load(a, aAt + i).mul(1 / cap)).mul(cap), a, aAt + i, n - i);
        }
    }

    /** {@code a = a ⊙ (1 - (z/cap)²)}, with the result z of {@link #softCap}: passes a tangent or a gradient through it. */
    static void throughCap(ByteBuffer a, int aAt, ByteBuffer z, int zAt, int n, float cap) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector y = Simd.load(z, zAt + i).mul(1 / cap);
            Simd.store(Simd.flush(Simd.load(a, aAt + i).mul(Simd.all(1f).sub(y.mul(y)))), a, aAt + i, n - i);
        }
    }

    /** {@code t = t ⊙ (1 - (z/cap)²) - 2/cap² a ⊙ z ⊙ ż}: the tangent of {@link #throughCap}, to be computed before it. */
    static void throughCapTangent(ByteBuffer a, int tAt, int aAt, ByteBuffer z, int zAt, int zTangentAt, int n, float cap) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector y = Simd.load(z, zAt + i).mul(1 / cap);
            FloatVector bend = y.mul(Simd.load(z, zTangentAt + i)).mul(-2 / cap);
            FloatVector straight = Simd.load(a, tAt + i).mul(Simd.all(1f).sub(y.mul(y)));
            Simd.store(Simd.flush(Simd.load(a, aAt + i).fma(bend, straight)), a, tAt + i, n - i);
        }
    }

    /** Replaces {@code a} by its softmax. */
    static void softmax(ByteBuffer a, int aAt, int n) {
        float sum = expSum(a, aAt, n, max(a, aAt, n));
        affine(a, aAt, a, aAt, n, 1 / sum, 0);
    }

    /** Replaces a tangent of {@link #softmax}'s argument with that of its result {@code p}: {@code p ⊙ (a - Σ p ⊙ a)}. */
    static void softmaxTangent(ByteBuffer b, int aAt, int pAt, int n) {
        float mean = dot(b, aAt, b, pAt, n);
        centredProduct(b, aAt, mean, weightedRest(b, aAt, mean, pAt, n), pAt, n);
    }

    /**
     * {@code Σ p ⊙ (a - mean)}: the rounding error of the mean of {@code a} with weights {@code p}. If one weight is nearly
     * 1, differences from the mean are far smaller than the mean's own rounding error.
     */
    static float weightedRest(ByteBuffer b, int aAt, float mean, int pAt, int n) {
        return centredDot(b, aAt, mean, b, pAt, 0, n);
    }

    /** {@code a = p ⊙ ((a - mean) - rest)}. */
    static void centredProduct(ByteBuffer b, int aAt, float mean, float rest, int pAt, int n) {
        int whole = Simd.whole(n);
        for (int i = 0; i < whole; i += Simd.LANES) {
            FloatVector product = Simd.load(b, aAt + i).sub(mean).sub(rest).mul(Simd.load(b, pAt + i));
            Simd.store(Simd.flush(product), b, aAt + i);
        }
        if (whole < n) {
            FloatVector product = Simd.load(b, aAt + whole).sub(mean).sub(rest).mul(Simd.load(b, pAt + whole));
            Simd.storeRest(Simd.flush(product), b, aAt + whole, n - whole);
        }
    }

    /** {@code t = p ⊙ ((t - tMean) - tRest) + ṗ ⊙ ((a - mean) - rest)}: the tangent of {@link #centredProduct}. */
    static void centredProductTangent(ByteBuffer b, int tAt, float tMean, float tRest, int pAt, int pTangentAt, int aAt,
                                      float mean, float rest, int n) {
        for (int i = 0; i < n; i += Simd.LANES) {
            FloatVector left = Simd.load(b, tAt + i).sub(tMean).sub(tRest).mul(Simd.load(b, pAt + i));
            FloatVector sum = Simd.load(b, aAt + i).sub(mean).sub(rest).fma(Simd.load(b, pTangentAt + i), left);
            Simd.store(Simd.flush(sum), b, tAt + i, n - i);
        }
    }
}
