package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import org.perk4j.tensor.Activation;

/** Elementwise arithmetic and functions, with values and tangents processed together while they are in the cache. */
final class Elementwise {

    /** Elements per task: large compared with the cost of scheduling it, small enough for the second-level cache. */
    private static final int GRAIN = 16_384;

    private final Workers workers;
    private final Memory memory;

    Elementwise(Workers workers, Memory memory) {
        this.workers = workers;
        this.memory = memory;
    }

    void fill(FloatTensor r, float value) {
        workers.run(r.stackedSize(), GRAIN, (from, to, lane) -> Rows.fill(r.bytes(), from, to - from, value));
    }

    /** Copies {@code count} elements. */
    void copy(FloatTensor r, int rAt, FloatTensor a, int aAt, int count) {
        workers.run(count, GRAIN, (from, to, lane) -> Rows.copy(r.bytes(), rAt + from, a.bytes(), aAt + from, to - from));
    }

    void combine(FloatTensor r, float alpha, FloatTensor a, float beta, FloatTensor b) {
        int n = r.size();
        workers.run(n, GRAIN, (from, to, lane) -> {
            int count = to - from;
            Rows.combine(r.bytes(), from, alpha, a.bytes(), from, beta, b.bytes(), from, count);
            if (a.hasTangent() && b.hasTangent()) {
                Rows.combine(r.bytes(), n + from, alpha, a.bytes(), n + from, beta, b.bytes(), n + from, count);
            } else if (a.hasTangent()) {
                Rows.affine(r.bytes(), n + from, a.bytes(), n + from, count, alpha, 0);
            } else if (b.hasTangent()) {
                Rows.affine(r.bytes(), n + from, b.bytes(), n + from, count, beta, 0);
            }
        });
    }

    /** {@code sum += α·term}, where sum has a tangent if term has. */
    void accumulate(FloatTensor sum, float alpha, FloatTensor term) {
        workers.run(term.stackedSize(), GRAIN, (from, to, lane) ->
                Rows.combine(sum.bytes(), from, 1, sum.bytes(), from, alpha, term.bytes(), from, to - from));
    }

    void affine(FloatTensor r, FloatTensor a, float scale, float shift) {
        int n = r.size();
        workers.run(n, GRAIN, (from, to, lane) -> {
            Rows.affine(r.bytes(), from, a.bytes(), from, to - from, scale, shift);
            if (a.hasTangent()) {
                Rows.affine(r.bytes(), n + from, a.bytes(), n + from, to - from, scale, 0);
            }
        });
    }

    void multiply(FloatTensor r, FloatTensor a, FloatTensor b) {
        int n = r.size();
        workers.run(n, GRAIN, (from, to, lane) -> {
            int count = to - from;
            Rows.multiply(r.bytes(), from, a.bytes(), from, b.bytes(), from, count);
            if (a.hasTangent() && b.hasTangent()) {
                Rows.multiplyAdd(r.bytes(), n + from, a.bytes(), n + from, b.bytes(), from,
                        a.bytes(), from, b.bytes(), n + from, count);
            } else if (a.hasTangent()) {
                Rows.multiply(r.bytes(), n + from, a.bytes(), n + from, b.bytes(), from, count);
            } else if (b.hasTangent()) {
                Rows.multiply(r.bytes(), n + from, a.bytes(), from, b.bytes(), n + from, count);
            }
        });
    }

    void map(FloatTensor r, Activation f, FloatTensor x) {
        int n = r.size();
        forEachTile(f, n, (kernels, scratch, firstAt, i, count) -> {
            kernels.prepare(x.bytes(), i, count);
            kernels.value(x.bytes(), i, r.bytes(), i, count);
            if (x.hasTangent()) {
                kernels.derivative(x.bytes(), i, scratch, firstAt, count);
                Rows.multiply(r.bytes(), n + i, scratch, firstAt, x.bytes(), n + i, count);
            }
        });
    }

    /** {@code r = f'(x) g}, {@code ṙ = f'(x) ġ + f''(x) ẋ g}. */
    void mapGradient(FloatTensor r, Activation f, FloatTensor x, FloatTensor g) {
        int n = r.size();
        forEachTile(f, n, (kernels, scratch, firstAt, i, count) -> {
            kernels.prepare(x.bytes(), i, count);
            kernels.derivative(x.bytes(), i, scratch, firstAt, count);
            Rows.multiply(r.bytes(), i, scratch, firstAt, g.bytes(), i, count);
            if (x.hasTangent()) {
                int secondAt = firstAt + ActivationKernels.TILE;
                kernels.secondDerivative(x.bytes(), i, scratch, secondAt, count);
                Rows.multiply(scratch, secondAt, scratch, secondAt, x.bytes(), n + i, count);
                if (g.hasTangent()) {
                    Rows.multiplyAdd(r.bytes(), n + i, scratch, secondAt, g.bytes(), i,
                            scratch, firstAt, g.bytes(), n + i, count);
                } else {
                    Rows.multiply(r.bytes(), n + i, scratch, secondAt, g.bytes(), i, count);
                }
            } else if (g.hasTangent()) {
                Rows.multiply(r.bytes(), n + i, scratch, firstAt, g.bytes(), n + i, count);
            }
        });
    }

    /** Work on one tile: {@code count} elements from {@code i} on, with two tiles of scratch. */
    @FunctionalInterface
    private interface Tile {
        void run(ActivationKernels kernels, ByteBuffer scratch, int scratchAt, int i, int count);
    }

    private void forEachTile(Activation f, int n, Tile body) {
        int scratchOfLane = 4 * ActivationKernels.TILE;
        try (Memory.Temporary scratch = memory.temporary((long) workers.lanes() * scratchOfLane)) {
            workers.run(n, GRAIN, (from, to, lane) -> {
                int at = lane * scratchOfLane;
                ActivationKernels kernels = new ActivationKernels(f, scratch.bytes(), at);
                for (int i = from; i < to; i += ActivationKernels.TILE) {
                    body.run(kernels, scratch.bytes(), at + 2 * ActivationKernels.TILE, i,
                            Math.min(ActivationKernels.TILE, to - i));
                }
            });
        }
    }

    /** {@code s} is 1×1. */
    void multiplyScalar(FloatTensor r, FloatTensor a, FloatTensor s) {
        int n = r.size();
        float factor = s.floats().get(0);
        float factorTangent = s.hasTangent() ? s.floats().get(1) : 0;
        workers.run(n, GRAIN, (from, to, lane) -> {
            int count = to - from;
            Rows.affine(r.bytes(), from, a.bytes(), from, count, factor, 0);
            if (a.hasTangent() && s.hasTangent()) {
                Rows.combine(r.bytes(), n + from, factor, a.bytes(), n + from, factorTangent, a.bytes(), from, count);
            } else if (a.hasTangent()) {
                Rows.affine(r.bytes(), n + from, a.bytes(), n + from, count, factor, 0);
            } else if (s.hasTangent()) {
                Rows.affine(r.bytes(), n + from, a.bytes(), from, count, factorTangent, 0);
            }
        });
    }
}
