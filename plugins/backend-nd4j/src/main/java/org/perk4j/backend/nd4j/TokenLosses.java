package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.perk4j.tensor.AttentionSpec;

/**
 * Language-model head and cross-entropy, some tokens at a time, so that only their logits are in memory. Rows without a
 * target are skipped before anything is computed.
 */
final class TokenLosses {

    /**
     * The most logits, with tangents, in memory at once: 64 MiB. With fewer tokens at a time, reading the head would
     * dominate.
     */
    private static final int LOGITS = 16 << 20;

    private final Workers workers;
    private final Memory memory;
    private final Gemm gemm;

    TokenLosses(Workers workers, Memory memory, Gemm gemm) {
        this.workers = workers;
        this.memory = memory;
        this.gemm = gemm;
    }

    /**
     * @param softCap  the soft cap of the logits
     * @param gradient null if not needed
     * @param known    whether the gradient already has its value, so that only its tangent is computed
     */
    void loss(FloatTensor loss, FloatTensor gradient, FloatTensor hidden, CpuTensor head, double softCap, int[] targets,
              boolean known) {
        int[] rows = rowsWithTarget(targets);
        Rows.fill(loss.bytes(), 0, loss.stackedSize(), 0);
        if (gradient != null) {
            zeroRowsWithoutTarget(gradient, targets);
        }
        forEachChunk(hidden, head, softCap, loss.hasTangent(), rows, chunk -> {
            chunk.computeLogits();
            chunk.computeLosses(loss, targets, gradient != null);
            if (gradient != null) {
                chunk.computeGradients(gradient, known);
            }
        });
    }

    /** {@code r = Σ gradient[i]·∂loss[i]/∂head}. */
    void headGradient(FloatTensor r, FloatTensor hidden, CpuTensor head, double softCap, int[] targets,
                      FloatTensor gradient) {
        int[] rows = rowsWithTarget(targets);
        if (rows.length == 0) {
            Rows.fill(r.bytes(), 0, r.stackedSize(), 0);
        }
        forEachChunk(hidden, head, softCap, r.hasTangent(), rows, chunk -> {
            chunk.computeLogits();
            chunk.computeWeightedGradients(gradient, targets);
            chunk.addHeadGradient(r);
        });
    }

    private static int[] rowsWithTarget(int[] targets) {
        int count = 0;
        int[] rows = new int[targets.length];
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] >= 0) {
                rows[count++] = i;
            }
        }
        return Arrays.copyOf(rows, count);
    }

    private static void zeroRowsWithoutTarget(FloatTensor gradient, int[] targets) {
        int d = gradient.columns();
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] < 0) {
                Rows.fill(gradient.bytes(), i * d, d, 0);
                if (gradient.hasTangent()) {
                    Rows.fill(gradient.bytes(), gradient.tangentAt() + i * d, d, 0);
                }
            }
        }
    }

    private void forEachChunk(FloatTensor hidden, CpuTensor head, double softCap, boolean tangent, int[] rows,
                              Consumer<Chunk> body) {
        if (rows.length == 0) {
            return;
        }
        boolean capped = softCap < AttentionSpec.UNCAPPED;
        int stack = tangent ? 2 : 1;
        int vocabulary = head.rows();
        int kept = capped ? 2 * stack : stack;
        int most = Math.max(1, Math.min(rows.length, LOGITS / (kept * vocabulary)));
        int chunks = (rows.length + most - 1) / most;
        int size = (rows.length + chunks - 1) / chunks;
        try (Memory.Temporary logits = memory.temporary((long) stack * size * vocabulary);
             Memory.Temporary drawnIn = memory.temporary(capped ? (long) stack * size * vocabulary : 0);
             Memory.Temporary states = memory.temporary((long) stack * size * hidden.columns())) {
            for (int from = 0; from < rows.length; from += size) {
                body.accept(new Chunk(hidden, head, rows, from, Math.min(size, rows.length - from), tangent, logits,
                        capped ? new Cap(drawnIn, (float) softCap) : null, states));
            }
        }
    }

    /** A soft cap, and room for the capped logits. */
    private record Cap(Memory.Temporary logits, float at) {
    }

    /** Some tokens, their hidden states and their logits: values, then tangents if there are any. */
    private final class Chunk {

        private final FloatTensor hidden;
        private final CpuTensor head;
        private final int[] rows;
        private final int first;
        private final int count;
        private final boolean tangent;
        private final Memory.Temporary logits;
        /** Null for none. */
        private final Cap cap;
        private final Memory.Temporary states;
        private final int d;
        private final int v;

        Chunk(FloatTensor hidden, CpuTensor head, int[] rows, int first, int count, boolean tangent,
              Memory.Temporary logits, Cap cap, Memory.Temporary states) {
            this.hidden = hidden;
            this.head = head;
            this.rows = rows;
            this.first = first;
            this.count = count;
            this.tangent = tangent;
            this.logits = logits;
            this.cap = cap;
            this.states = states;
            this.d = hidden.columns();
            this.v = head.rows();
        }

        /** The index of the logits' tangents. */
        private int logitTangents() {
            return count * v;
        }

        /** The address of the tangents of the head, which is then in floats. */
        private long headTangents() {
            FloatTensor floats = (FloatTensor) head;
            return floats.address(floats.tangentAt());
        }

        private int stackedStates() {
            return hidden.hasTangent() ? 2 * count : count;
        }

        void computeLogits() {
            for (int i = 0; i < count; i++) {
                int row = rows[first + i];
                Rows.copy(states.bytes(), i * d, hidden.bytes(), row * d, d);
                if (hidden.hasTangent()) {
                    Rows.copy(states.bytes(), (count + i) * d, hidden.bytes(), hidden.tangentAt() + row * d, d);
                }
            }
            gemm.multiply(stackedStates(), v, d, 1, states.address(0), d, head, true, 0, logits.address(0), v);
            if (head.hasTangent()) {
                gemm.multiply(count, v, d, 1, states.address(0), d, false, headTangents(), d, true,
                        hidden.hasTangent() ? 1 : 0, logits.address(logitTangents()), v);
            } else if (tangent && !hidden.hasTangent()) {
                Rows.fill(logits.bytes(), logitTangents(), count * v, 0);
            }
            if (cap != null) {
                workers.run(count, 1, (from, to, lane) -> {
                    for (int i = from; i < to; i++) {
                        drawIn(i * v);
                    }
                });
            }
        }

        private void drawIn(int at) {
            ByteBuffer b = logits.bytes();
            Rows.softCap(b, at, v, cap.at);
            Rows.copy(cap.logits.bytes(), at, b, at, v);
            if (tangent) {
                int t = logitTangents() + at;
                Rows.throughCap(b, t, b, at, v, cap.at);
                Rows.copy(cap.logits.bytes(), t, b, t, v);
            }
        }

        /** Turns gradients with respect to a row of capped logits into those with respect to the logits. */
        private void backThroughCap(int at) {
            if (cap == null) {
                return;
            }
            int t = logitTangents() + at;
            if (tangent) {
                Rows.throughCapTangent(logits.bytes(), t, at, cap.logits.bytes(), at, t, v, cap.at);
            }
            Rows.throughCap(logits.bytes(), at, cap.logits.bytes(), at, v, cap.at);
        }

        /** Writes the losses, and turns logits into their gradients {@code p - 1(target)} if these are needed. */
        void computeLosses(FloatTensor loss, int[] targets, boolean gradients) {
            workers.run(count, 1, (from, to, lane) -> {
                FloatBuffer losses = loss.floats();
                for (int i = from; i < to; i++) {
                    int row = rows[first + i];
                    int at = i * v;
                    int target = at + targets[row];
                    float logit = logits.bytes().getFloat(target << 2);
                    float max = Rows.max(logits.bytes(), at, v);
                    float sum = Rows.expSum(logits.bytes(), at, v, max);
                    losses.put(row, (float) (Math.log(sum) + max - logit));
                    if (gradients || tangent) {
                        Rows.affine(logits.bytes(), at, logits.bytes(), at, v, 1 / sum, 0);
                    }
                    if (tangent) {
                        int t = logitTangents() + at;
                        float logitTangent = logits.bytes().getFloat((logitTangents() + target) << 2);
                        float mean = Rows.dot(logits.bytes(), at, logits.bytes(), t, v);
                        float rest = Rows.weightedRest(logits.bytes(), t, mean, at, v);
                        losses.put(loss.tangentAt() + row, mean - logitTangent + rest);
                        if (gradients) {
                            Rows.centredProduct(logits.bytes(), t, mean, rest, at, v);
                        }
                    }
                    if (gradients) {
                        lowerByOne(target);
                        backThroughCap(at);
                    }
                }
            });
        }

        private void lowerByOne(int at) {
            ByteBuffer b = logits.bytes();
            b.putFloat(at << 2, b.getFloat(at << 2) - 1);
        }

        /** @param known whether the gradient already has its value, and the head has no tangents */
        void computeGradients(FloatTensor gradient, boolean known) {
            int from = known ? count : 0;
            int to = tangent ? 2 * count : count;
            if (from == to) {
                return;
            }
            try (Memory.Temporary computed = memory.temporary((long) (to - from) * d)) {
                gemm.multiply(to - from, d, v, 1, logits.address((long) from * v), v, head, false, 0,
                        computed.address(0), d);
                if (head.hasTangent()) {
                    gemm.multiply(count, d, v, 1, logits.address(0), v, false, headTangents(), d, false, 1,
                            computed.address((long) count * d), d);
                }
                for (int i = from; i < to; i++) {
                    int target = (i < count ? 0 : gradient.tangentAt()) + rows[first + i % count] * d;
                    Rows.copy(gradient.bytes(), target, computed.bytes(), (i - from) * d, d);
                }
            }
        }

        /** Turns logits into their gradients {@code p - 1(target)}, times {@code gradient[row]}. */
        void computeWeightedGradients(FloatTensor gradient, int[] targets) {
            workers.run(count, 1, (from, to, lane) -> {
                ByteBuffer b = logits.bytes();
                for (int i = from; i < to; i++) {
                    int row = rows[first + i];
                    int at = i * v;
                    int t = logitTangents() + at;
                    float weight = gradient.floats().get(row);
                    Rows.softmax(b, at, v);
                    if (tangent) {
                        Rows.softmaxTangent(b, t, at, v);
                    }
                    lowerByOne(at + targets[row]);
                    if (tangent) {
                        float weightTangent =
                                gradient.hasTangent() ? gradient.floats().get(gradient.tangentAt() + row) : 0;
                        Rows.combine(b, t, weightTangent, b, at, weight, b, t, v);
                    }
                    Rows.affine(b, at, b, at, v, weight, 0);
                    backThroughCap(at);
                }
            });
        }

        void addHeadGradient(FloatTensor r) {
            float beta = first == 0 ? 0 : 1;
            gemm.multiply(v, d, count, 1, logits.address(0), v, true, states.address(0), d, false, beta, r.address(0), d);
            if (tangent) {
                long target = r.address(r.tangentAt());
                gemm.multiply(v, d, count, 1, logits.address(logitTangents()), v, true, states.address(0), d, false, beta,
                        target, d);
                if (hidden.hasTangent()) {
                    gemm.multiply(v, d, count, 1, logits.address(0), v, true, states.address((long) count * d), d, false, 1,
                            target, d);
                }
            }
        }
    }
}
