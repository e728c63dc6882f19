package org.perk4j.backend.nd4j;

import org.perk4j.tensor.Function;

/** Elementwise arithmetic and functions, values and tangents together while they are in the cache. */
final class Elementwise {

    /** Elements of a task: a few times what handing it over costs, and in all its arrays within the second-level cache. */
    private static final int GRAIN = 16_384;

    /** Elements whose derivatives are held between two loops: within the first-level cache. */
    private static final int TILE = 1024;

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

    void map(FloatTensor r, Function f, FloatTensor x) {
        if (!x.hasTangent()) {
            workers.run(r.size(), GRAIN, (from, to, lane) ->
                    Curves.evaluate(f, x.bytes(), from, to - from, r.bytes(), from, null, 0, null, 0));
            return;
        }
        int n = r.size();
        try (Memory.Temporary slopes = memory.temporary((long) workers.lanes() * TILE)) {
            workers.run(n, GRAIN, (from, to, lane) -> {
                int scratch = lane * TILE;
                for (int i = from; i < to; i += TILE) {
                    int count = Math.min(TILE, to - i);
                    Curves.evaluate(f, x.bytes(), i, count, r.bytes(), i, slopes.bytes(), scratch, null, 0);
                    Rows.multiply(r.bytes(), n + i, slopes.bytes(), scratch, x.bytes(), n + i, count);
                }
            });
        }
    }

    /** {@code r = f'(x) g}, {@code ṙ = f'(x) ġ + f''(x) ẋ g}. */
    void mapGradient(FloatTensor r, Function f, FloatTensor x, FloatTensor g) {
        int n = r.size();
        try (Memory.Temporary scratch = memory.temporary(2L * workers.lanes() * TILE)) {
            workers.run(n, GRAIN, (from, to, lane) -> {
                int slope = 2 * lane * TILE;
                int curvature = slope + TILE;
                for (int i = from; i < to; i += TILE) {
                    int count = Math.min(TILE, to - i);
                    Curves.evaluate(f, x.bytes(), i, count, null, 0, scratch.bytes(), slope,
                            x.hasTangent() ? scratch.bytes() : null, curvature);
                    Rows.multiply(r.bytes(), i, scratch.bytes(), slope, g.bytes(), i, count);
                    if (x.hasTangent()) {
                        Rows.multiply(scratch.bytes(), curvature, scratch.bytes(), curvature, x.bytes(), n + i, count);
                    }
                    if (x.hasTangent() && g.hasTangent()) {
                        Rows.multiplyAdd(r.bytes(), n + i, scratch.bytes(), curvature, g.bytes(), i,
                                scratch.bytes(), slope, g.bytes(), n + i, count);
                    } else if (x.hasTangent()) {
                        Rows.multiply(r.bytes(), n + i, scratch.bytes(), curvature, g.bytes(), i, count);
                    } else if (g.hasTangent()) {
                        Rows.multiply(r.bytes(), n + i, scratch.bytes(), slope, g.bytes(), n + i, count);
                    }
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
