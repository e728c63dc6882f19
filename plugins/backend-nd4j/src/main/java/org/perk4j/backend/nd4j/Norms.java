package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Layer norm and RMS norm ("not centred"), forward and backward. With mean μ and factor f = 1/√(variance + ε) of a row, its
 * normalized form is x̂ = f·(x - μ).
 *
 * <p>For tangents, intermediate results of a row are kept in scratch rows, which fit into the first-level cache: the
 * compiler reliably keeps the vectors of short loops in registers, but not those of one long loop.
 */
final class Norms {

    /** Rows per task. Each task sums its rows' gradients of gain and bias by itself; the sums are added in order. */
    private static final int ROWS = 32;

    private final Workers workers;
    private final Memory memory;

    Norms(Workers workers, Memory memory) {
        this.workers = workers;
        this.memory = memory;
    }

    /** @param bias null for an RMS norm */
    void forward(FloatTensor r, FloatTensor x, FloatTensor gain, FloatTensor bias, double epsilon) {
        int n = x.columns();
        boolean centred = bias != null;
        int grain = Math.max(1, 8192 / Math.max(1, n));
        try (Memory.Temporary none = memory.temporary(n); Scratch scratch = new Scratch(n)) {
            Rows.fill(none.bytes(), 0, n, 0);
            workers.run(x.rows(), grain, (from, to, lane) -> {
                for (int i = from; i < to; i++) {
                    Statistics s = Statistics.of(x, i, centred, epsilon);
                    normalize(r.bytes(), i * n, x.bytes(), i * n, n, s, gain.bytes(),
                            bias == null ? none.bytes() : bias.bytes());
                    if (r.hasTangent()) {
                        scratch.row(lane).normalizeTangent(r, x, gain, bias, i, s);
                    }
                }
            });
        }
    }

    /** {@code y = (x - μ)·f ⊙ gain + bias}. */
    private static void normalize(ByteBuffer y, int yAt, ByteBuffer x, int xAt, int n, Statistics s, ByteBuffer gain,
                                  ByteBuffer bias) {
        FloatVector f = Simd.all(s.factor);
        FloatVector shift = Simd.all(-s.mean * s.factor);
        for (int j = 0; j < n; j += Simd.LANES) {
            FloatVector normal = Simd.load(x, xAt + j).fma(f, shift);
            Simd.store(normal.fma(Simd.load(gain, j), Simd.load(bias, j)), y, yAt + j, n - j);
        }
    }

    /** @param byBias null for none */
    void gradient(FloatTensor byInput, FloatTensor byGain, FloatTensor byBias, FloatTensor x, FloatTensor gain,
                  FloatTensor gradient, boolean centred, double epsilon) {
        int n = x.columns();
        int stride = Simd.roundedUp(n);
        int partial = 4 * stride;
        int tasks = (x.rows() + ROWS - 1) / ROWS;
        try (Memory.Temporary partials = memory.temporary((long) tasks * partial); Scratch scratch = new Scratch(n)) {
            ByteBuffer sums = partials.bytes();
            workers.run(x.rows(), ROWS, (from, to, lane) -> {
                int at = from / ROWS * partial;
                Rows.fill(sums, at, partial, 0);
                Row row = scratch.row(lane);
                for (int i = from; i < to; i++) {
                    Statistics s = Statistics.of(x, i, centred, epsilon);
                    row.gradient(byInput, x, gain, gradient, i, s, centred, sums, at, at + stride);
                    if (byInput.hasTangent()) {
                        row.gradientTangent(byInput, x, gain, gradient, i, s, centred, sums, at + 2 * stride,
                                at + 3 * stride);
                    }
                }
            });
            addUp(byGain, sums, 0, 2 * stride, partial, tasks);
            if (byBias != null) {
                addUp(byBias, sums, stride, 3 * stride, partial, tasks);
            }
        }
    }

    private static void addUp(FloatTensor total, ByteBuffer partials, int value, int tangent, int partial, int count) {
        int n = total.columns();
        Rows.fill(total.bytes(), 0, total.stackedSize(), 0);
        for (int task = 0; task < count; task++) {
            Rows.add(total.bytes(), 0, partials, task * partial + value, n);
            if (total.hasTangent()) {
                Rows.add(total.bytes(), total.tangentAt(), partials, task * partial + tangent, n);
            }
        }
    }

    /** Scratch rows for each lane. */
    private final class Scratch implements AutoCloseable {

        private static final int OF_LANE = 6;

        private final int n;
        private final int stride;
        private final Memory.Temporary rows;

        Scratch(int n) {
            this.n = n;
            stride = Simd.roundedUp(n);
            rows = memory.temporary((long) OF_LANE * stride * workers.lanes());
        }

        Row row(int lane) {
            return new Row(rows.bytes(), OF_LANE * stride * lane, stride, n);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    /** The state of one row. What its tangent needs is kept in scratch, in whole vectors. */
    private static final class Row {

        private final int n;
        private final ByteBuffer scratch;
        private final int normal;
        private final int dNormal;
        private final int h;
        private final int dh;
        private final int out;
        private final int term;
        private float along;

        Row(ByteBuffer scratch, int at, int stride, int n) {
            this.n = n;
            this.scratch = scratch;
            normal = at;
            dNormal = at + stride;
            h = at + 2 * stride;
            dh = at + 3 * stride;
            out = at + 4 * stride;
            term = at + 5 * stride;
        }

        private void findNormal(FloatTensor x, int row, Statistics s) {
            Rows.affine(scratch, normal, x.bytes(), row * n, n, s.factor, -s.mean * s.factor);
        }

        /** {@code x̂' = f·(x' - μ') + f'·(x - μ)}, for which x̂ must have been computed. */
        private void findNormalTangent(FloatTensor x, int row, Statistics s) {
            if (x.hasTangent()) {
                combine(dNormal, s.factor, x.bytes(), x.tangentAt() + row * n, s.factorTangent / s.factor, normal,
                        -s.factor * s.meanTangent);
            } else {
                Rows.fill(scratch, dNormal, n, 0);
            }
        }

        void normalizeTangent(FloatTensor r, FloatTensor x, FloatTensor gain, FloatTensor bias, int row, Statistics s) {
            findNormal(x, row, s);
            findNormalTangent(x, row, s);
            int at = r.tangentAt() + row * n;
            Rows.multiply(r.bytes(), at, scratch, dNormal, gain.bytes(), 0, n);
            if (gain.hasTangent()) {
                Rows.addProduct(r.bytes(), at, scratch, normal, gain.bytes(), gain.tangentAt(), n);
            }
            if (bias != null && bias.hasTangent()) {
                Rows.add(r.bytes(), at, bias.bytes(), bias.tangentAt(), n);
            }
        }

        /**
         * With h = g ⊙ gain: {@code dx = f·(h - mean(h) - x̂·mean(h ⊙ x̂))}; adds {@code g ⊙ x̂} to the gradient of the
         * gain, and g to that of the bias.
         */
        void gradient(FloatTensor r, FloatTensor x, FloatTensor gain, FloatTensor g, int row, Statistics s, boolean centred,
                      ByteBuffer sums, int byGain, int byBias) {
            int at = row * n;
            Rows.add(sums, byBias, g.bytes(), at, n);
            gradient(r.bytes(), x.bytes(), g.bytes(), at, gain.bytes(), s, centred, sums, byGain);
        }

        private void gradient(ByteBuffer r, ByteBuffer x, ByteBuffer g, int at, ByteBuffer gain, Statistics s,
                boolean centred,
                              ByteBuffer sums, int byGain) {
            FloatVector factor = Simd.all(s.factor);
            FloatVector shift = Simd.all(-s.mean * s.factor);
            FloatVector sum = Simd.zero();
            FloatVector sumAlong = Simd.zero();
            for (int j = 0; j < n; j += Simd.LANES) {
                FloatVector normalized = Simd.load(x, at + j).fma(factor, shift);
                FloatVector slope = Simd.load(g, at + j);
                FloatVector product = slope.mul(Simd.load(gain, j));
                sum = sum.add(Simd.first(product, n - j));
                sumAlong = sumAlong.add(Simd.first(product.mul(normalized), n - j));
                Simd.store(slope.fma(normalized, Simd.load(sums, byGain + j)), sums, byGain + j);
            }
            along = Simd.sum(sumAlong) / n;
            FloatVector mean = Simd.all(centred ? Simd.sum(sum) / n : 0);
            FloatVector minusAlong = Simd.all(-along);
            for (int j = 0; j < n; j += Simd.LANES) {
                FloatVector normalized = Simd.load(x, at + j).fma(factor, shift);
                FloatVector product = Simd.load(g, at + j).mul(Simd.load(gain, j));
                Simd.store(normalized.fma(minusAlong, product.sub(mean)).mul(factor), r, at + j, n - j);
            }
        }

        /** The derivative of {@link #gradient}, which must have been called for this row just before. */
        void gradientTangent(FloatTensor r, FloatTensor x, FloatTensor gain, FloatTensor g, int row, Statistics s,
                             boolean centred, ByteBuffer sums, int byGain, int byBias) {
            int at = row * n;
            int tangent = g.tangentAt() + at;
            findNormal(x, row, s);
            findNormalTangent(x, row, s);
            Rows.multiply(scratch, h, g.bytes(), at, gain.bytes(), 0, n);
            if (x.hasTangent()) {
                Rows.addProduct(sums, byGain, g.bytes(), at, scratch, dNormal, n);
            }
            if (g.hasTangent()) {
                Rows.multiply(scratch, dh, g.bytes(), tangent, gain.bytes(), 0, n);
                Rows.addProduct(sums, byGain, g.bytes(), tangent, scratch, normal, n);
                Rows.add(sums, byBias, g.bytes(), tangent, n);
            } else {
                Rows.fill(scratch, dh, n, 0);
            }
            if (gain.hasTangent()) {
                Rows.addProduct(scratch, dh, g.bytes(), at, gain.bytes(), gain.tangentAt(), n);
            }
            float mean = centred ? Rows.sum(scratch, dh, n) / n : 0;
            float dAlong = (Rows.dot(scratch, dh, scratch, normal, n) + Rows.dot(scratch, h, scratch, dNormal, n)) / n;
            combine(term, s.factor, scratch, dh, -s.factor * dAlong, normal, -s.factor * mean);
            combine(out, s.factorTangent / s.factor, r.bytes(), at, -s.factor * along, dNormal, 0);
            Rows.add(scratch, out, scratch, term, n);
            Rows.copy(r.bytes(), r.tangentAt() + at, scratch, out, n);
        }

        /** {@code r = α·a + β·b + shift}; r and b are scratch rows. */
        private void combine(int r, float alpha, ByteBuffer a, int aAt, float beta, int b, float shift) {
            FloatVector s = Simd.all(alpha);
            FloatVector t = Simd.all(beta);
            FloatVector c = Simd.all(shift);
            for (int j = 0; j < n; j += Simd.LANES) {
                FloatVector sum = Simd.load(a, aAt + j).fma(s, Simd.load(scratch, b + j).fma(t, c));
                Simd.store(Simd.flush(sum), scratch, r + j);
            }
        }
    }

    /** Mean and factor of a row, with their tangents. */
    private record Statistics(float mean, float factor, float meanTangent, float factorTangent) {

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
