package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Layer norm and RMS norm ("not centred"), forwards and backwards. With mean μ and factor f = 1/√(variance + ε) of a row,
 * its normalised form is x̂ = f·(x - μ).
 */
final class Norms {

    /** Rows of a task. Each task sums its rows' gradients of gain and bias by itself; the sums are added in order. */
    private static final int ROWS = 32;

    private final Workers workers;
    private final Memory memory;

    Norms(Workers workers, Memory memory) {
        this.workers = workers;
        this.memory = memory;
    }

    /** @param bias null for none */
    void forward(FloatTensor r, FloatTensor x, FloatTensor gain, FloatTensor bias, boolean centred, double epsilon) {
        int n = x.columns();
        int grain = Math.max(1, 8192 / Math.max(1, n));
        try (Memory.Temporary none = memory.temporary(n)) {
            Rows.fill(none.bytes(), 0, n, 0);
            ByteBuffer zeros = none.bytes();
            ByteBuffer b = bias == null ? zeros : bias.bytes();
            workers.run(x.rows(), grain, (from, to, lane) -> {
                for (int i = from; i < to; i++) {
                    int at = i * n;
                    Statistics s = Statistics.of(x, i, centred, epsilon);
                    normalise(r.bytes(), at, x.bytes(), at, n, s.mean, s.factor, gain.bytes(), b);
                    if (r.hasTangent()) {
                        normaliseTangent(r.bytes(), r.tangentAt() + at, x.bytes(), at,
                                x.hasTangent() ? x.bytes() : zeros, x.hasTangent() ? x.tangentAt() + at : 0, n, s,
                                gain.bytes(), gain.hasTangent() ? gain.bytes() : zeros, gain.hasTangent() ? n : 0,
                                bias != null && bias.hasTangent() ? bias.bytes() : zeros,
                                bias != null && bias.hasTangent() ? n : 0);
                    }
                }
            });
        }
    }

    /** {@code y = (x - μ)·f ⊙ gain + bias}. */
    private static void normalise(ByteBuffer y, int yAt, ByteBuffer x, int xAt, int n, float mean, float factor,
                                  ByteBuffer gain, ByteBuffer bias) {
        FloatVector f = Simd.all(factor);
        FloatVector shift = Simd.all(-mean * factor);
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector normal = Simd.load(x, xAt + j).fma(f, shift);
            Simd.store(normal.fma(Simd.load(gain, j), Simd.load(bias, j)), y, yAt + j, n - j);
        }
    }

    private static void normaliseTangent(ByteBuffer y, int yAt, ByteBuffer x, int xAt, ByteBuffer dx, int dxAt, int n,
                                         Statistics s, ByteBuffer gain, ByteBuffer dGain, int dGainAt, ByteBuffer dBias,
                                         int dBiasAt) {
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector centred = Simd.load(x, xAt + j).sub(s.mean);
            FloatVector dCentred = Simd.load(dx, dxAt + j).sub(s.meanTangent);
            FloatVector dNormal = dCentred.fma(Simd.all(s.factor), centred.mul(s.factorTangent));
            FloatVector sum = dNormal.fma(Simd.load(gain, j), Simd.load(dBias, dBiasAt + j));
            sum = centred.mul(s.factor).fma(Simd.load(dGain, dGainAt + j), sum);
            Simd.store(sum, y, yAt + j, n - j);
        }
    }

    /** @param byBias null for none */
    void gradient(FloatTensor byInput, FloatTensor byGain, FloatTensor byBias, FloatTensor x, FloatTensor gain,
                  FloatTensor gradient, boolean centred, double epsilon) {
        int n = x.columns();
        boolean tangent = byInput.hasTangent();
        int partial = 4 * n;
        int tasks = (x.rows() + ROWS - 1) / ROWS;
        try (Memory.Temporary none = memory.temporary(n);
             Memory.Temporary partials = memory.temporary((long) tasks * partial)) {
            Rows.fill(none.bytes(), 0, n, 0);
            ByteBuffer zeros = none.bytes();
            workers.run(x.rows(), ROWS, (from, to, lane) -> {
                ByteBuffer sums = partials.bytes();
                int gainAt = from / ROWS * partial;
                int biasAt = gainAt + 2 * n;
                Rows.fill(sums, gainAt, partial, 0);
                for (int i = from; i < to; i++) {
                    Statistics s = Statistics.of(x, i, centred, epsilon);
                    int at = i * n;
                    gradientRow(byInput.bytes(), at, x.bytes(), at, gradient.bytes(), at, gain.bytes(), n, s, centred,
                            sums, gainAt);
                    Rows.add(sums, biasAt, gradient.bytes(), at, n);
                    if (tangent) {
                        boolean dx = x.hasTangent();
                        boolean dg = gradient.hasTangent();
                        gradientTangentRow(byInput.bytes(), byInput.tangentAt() + at, x.bytes(), at,
                                dx ? x.bytes() : zeros, dx ? x.tangentAt() + at : 0, gradient.bytes(), at,
                                dg ? gradient.bytes() : zeros, dg ? gradient.tangentAt() + at : 0, gain.bytes(),
                                gain.hasTangent() ? gain.bytes() : zeros, gain.hasTangent() ? n : 0, n, s, centred,
                                sums, gainAt + n);
                        if (dg) {
                            Rows.add(sums, biasAt + n, gradient.bytes(), gradient.tangentAt() + at, n);
                        }
                    }
                }
            });
            addUp(byGain, partials.bytes(), 0, partial, tasks);
            if (byBias != null) {
                addUp(byBias, partials.bytes(), 2 * n, partial, tasks);
            }
        }
    }

    private static void addUp(FloatTensor total, ByteBuffer partials, int at, int stride, int count) {
        Rows.fill(total.bytes(), 0, total.stackedSize(), 0);
        for (int task = 0; task < count; task++) {
            Rows.add(total.bytes(), 0, partials, at + task * stride, total.stackedSize());
        }
    }

    /** With h = g ⊙ gain: {@code dx = f·(h - mean(h) - x̂·mean(h ⊙ x̂))}; adds {@code g ⊙ x̂} to the gradient of the gain. */
    private static void gradientRow(ByteBuffer r, int rAt, ByteBuffer x, int xAt, ByteBuffer g, int gAt, ByteBuffer gain,
                                    int n, Statistics s, boolean centred, ByteBuffer byGain, int byGainAt) {
        FloatVector factor = Simd.all(s.factor);
        FloatVector shift = Simd.all(-s.mean * s.factor);
        FloatVector sum = Simd.zero();
        FloatVector along = Simd.zero();
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector normal = Simd.load(x, xAt + j).fma(factor, shift);
            FloatVector slope = Simd.load(g, gAt + j);
            FloatVector h = slope.mul(Simd.load(gain, j));
            sum = sum.add(Simd.first(h, n - j));
            along = along.add(Simd.first(h.mul(normal), n - j));
            Simd.store(slope.fma(normal, Simd.load(byGain, byGainAt + j)), byGain, byGainAt + j, n - j);
        }
        s.gradientMean = centred ? Simd.sum(sum) / n : 0;
        s.along = Simd.sum(along) / n;
        FloatVector minusAlong = Simd.all(-s.along);
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector normal = Simd.load(x, xAt + j).fma(factor, shift);
            FloatVector h = Simd.load(g, gAt + j).mul(Simd.load(gain, j));
            Simd.store(normal.fma(minusAlong, h.sub(s.gradientMean)).mul(factor), r, rAt + j, n - j);
        }
    }

    /** The derivative of {@link #gradientRow}, which must have been called for this row before. */
    private static void gradientTangentRow(ByteBuffer r, int rAt, ByteBuffer x, int xAt, ByteBuffer dx, int dxAt,
                                           ByteBuffer g, int gAt, ByteBuffer dg, int dgAt, ByteBuffer gain,
                                           ByteBuffer dGain, int dGainAt, int n, Statistics s, boolean centred,
                                           ByteBuffer byGain, int byGainAt) {
        FloatVector factor = Simd.all(s.factor);
        FloatVector dFactor = Simd.all(s.factorTangent);
        FloatVector sum = Simd.zero();
        FloatVector along = Simd.zero();
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector c = Simd.load(x, xAt + j).sub(s.mean);
            FloatVector normal = c.mul(factor);
            FloatVector dNormal = Simd.load(dx, dxAt + j).sub(s.meanTangent).fma(factor, c.mul(dFactor));
            FloatVector slope = Simd.load(g, gAt + j);
            FloatVector dSlope = Simd.load(dg, dgAt + j);
            FloatVector gains = Simd.load(gain, j);
            FloatVector h = slope.mul(gains);
            FloatVector dh = dSlope.fma(gains, slope.mul(Simd.load(dGain, dGainAt + j)));
            sum = sum.add(Simd.first(dh, n - j));
            along = along.add(Simd.first(dh.fma(normal, h.mul(dNormal)), n - j));
            FloatVector total = dSlope.fma(normal, Simd.load(byGain, byGainAt + j));
            Simd.store(slope.fma(dNormal, total), byGain, byGainAt + j, n - j);
        }
        float meanTangent = centred ? Simd.sum(sum) / n : 0;
        gradientTangentOutput(r, rAt, x, xAt, dx, dxAt, g, gAt, dg, dgAt, gain, dGain, dGainAt, n, s, meanTangent,
                Simd.sum(along) / n);
    }

    /** A method of its own because the compiler gives up keeping vectors in registers in a long one. */
    private static void gradientTangentOutput(ByteBuffer r, int rAt, ByteBuffer x, int xAt, ByteBuffer dx, int dxAt,
                                              ByteBuffer g, int gAt, ByteBuffer dg, int dgAt, ByteBuffer gain,
                                              ByteBuffer dGain, int dGainAt, int n, Statistics s, float meanTangent,
                                              float alongTangent) {
        FloatVector factor = Simd.all(s.factor);
        FloatVector dFactor = Simd.all(s.factorTangent);
        FloatVector minusDAlong = Simd.all(-alongTangent);
        FloatVector minusAlong = Simd.all(-s.along);
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector c = Simd.load(x, xAt + j).sub(s.mean);
            FloatVector normal = c.mul(factor);
            FloatVector dNormal = Simd.load(dx, dxAt + j).sub(s.meanTangent).fma(factor, c.mul(dFactor));
            FloatVector slope = Simd.load(g, gAt + j);
            FloatVector gains = Simd.load(gain, j);
            FloatVector h = slope.mul(gains);
            FloatVector dh = Simd.load(dg, dgAt + j).fma(gains, slope.mul(Simd.load(dGain, dGainAt + j)));
            FloatVector inner = normal.fma(minusAlong, h.sub(s.gradientMean));
            FloatVector dInner = dNormal.fma(minusAlong, normal.fma(minusDAlong, dh.sub(meanTangent)));
            Simd.store(inner.fma(dFactor, dInner.mul(factor)), r, rAt + j, n - j);
        }
    }

    /** Mean and factor of a row, with their tangents, and what the gradient's value leaves for its tangent. */
    private static final class Statistics {

        private final float mean;
        private final float factor;
        private final float meanTangent;
        private final float factorTangent;
        private float gradientMean;
        private float along;

        private Statistics(float mean, float factor, float meanTangent, float factorTangent) {
            this.mean = mean;
            this.factor = factor;
            this.meanTangent = meanTangent;
            this.factorTangent = factorTangent;
        }

        static Statistics of(FloatTensor x, int row, boolean centred, double epsilon) {
            int n = x.columns();
            int at = row * n;
            ByteBuffer bytes = x.bytes();
            float mean = centred ? Rows.sum(bytes, at, n) / n : 0;
            float factor = (float) (1 / Math.sqrt(Rows.centredDot(bytes, at, mean, bytes, at, mean, n) / n + epsilon));
            if (!x.hasTangent()) {
                return new Statistics(mean, factor, 0, 0);
            }
            int t = x.tangentAt() + at;
            float meanTangent = centred ? Rows.sum(bytes, t, n) / n : 0;
            float covariance = Rows.centredDot(bytes, at, mean, bytes, t, meanTangent, n) / n;
            return new Statistics(mean, factor, meanTangent, -factor * factor * factor * covariance);
        }
    }
}
