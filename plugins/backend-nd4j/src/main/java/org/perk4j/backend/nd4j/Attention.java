package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;

/**
 * Causal attention by blocks of queries: only one block's probabilities are in memory at a time. With scores S = scale·QKᵀ
 * and probabilities P = softmax(S), the output is PV. Backward, with dP = dO·Vᵀ and dS = P ⊙ (dP - rowsum(P ⊙ dP)):
 * dQ = scale·dS·K, dK = scale·dSᵀQ, dV = PᵀdO. A soft cap is applied to S; backward, dS is multiplied by its derivative. If
 * the window is shorter than a sequence, a block of queries only reads the keys that one of them sees. Tangents follow from
 * the product rule.
 */
final class Attention {

    /** The number of queries in a block. */
    private static final int BLOCK = 64;

    private final Workers workers;
    private final Memory memory;
    private final FloatGemm gemm;

    Attention(Workers workers, Memory memory, FloatGemm gemm) {
        this.workers = workers;
        this.memory = memory;
        this.gemm = gemm;
    }

    void forward(FloatTensor r, FloatTensor packed, AttentionSpec spec, Segments segments) {
        Heads heads = spec.heads();
        Blocks blocks = new Blocks(segments);
        int stride = stride(blocks.longest);
        int matrix = BLOCK * stride;
        int ld = packed.columns();
        try (Memory.Temporary scratch = memory.temporary(2L * matrix * workers.lanes())) {
            workers.run(blocks.count * heads.queries(), grain(blocks, heads), (from, to, lane) -> {
                for (int task = from; task < to; task++) {
                    int block = task / heads.queries();
                    int head = task % heads.queries();
                    int first = blocks.segmentStart[block];
                    int query = blocks.query[block];
                    int rows = blocks.rows[block];
                    int hidden = spec.hidden(query + 1);
                    Keys keys = Keys.packed(packed, heads, head, first + hidden, query + rows - hidden);
                    long queries = (long) (first + query) * ld + head * heads.size();
                    probabilities(lane, scratch, 2 * lane * matrix, stride, packed, queries, rows, query - hidden, keys,
                            spec, false);
                    long out = (long) (first + query) * r.columns() + head * heads.size();
                    output(lane, scratch, 2 * lane * matrix, stride, rows, keys, r, out, heads);
                }
            });
        }
    }

    /** Appends the new keys and values to the cache and attends to all in it. */
    void cached(FloatTensor r, FloatTensor packed, AttentionSpec spec, Segments segments, FloatTensor keys,
                FloatTensor values, int[] starts, int[] past) {
        Heads heads = spec.heads();
        append(packed, heads, segments, keys, values, starts, past);
        Blocks blocks = new Blocks(segments);
        int stride = stride(IntStream.range(0, past.length).map(s -> past[s] + segments.lengths()[s]).max().orElse(0));
        int matrix = Math.min(BLOCK, blocks.longest) * stride;
        int ld = packed.columns();
        try (Memory.Temporary scratch = memory.temporary((long) matrix * workers.lanes())) {
            workers.run(blocks.count * heads.queries(), 1, (from, to, lane) -> {
                for (int task = from; task < to; task++) {
                    int block = task / heads.queries();
                    int head = task % heads.queries();
                    int sequence = blocks.segment[block];
                    int query = blocks.query[block];
                    int rows = blocks.rows[block];
                    int row = blocks.segmentStart[block] + query;
                    int before = past[sequence] + query;
                    int hidden = spec.hidden(before + 1);
                    Keys cache = Keys.cached(keys, values, heads, head, starts[sequence] + hidden,
                            before + rows - hidden);
                    long queries = (long) row * ld + head * heads.size();
                    probabilities(lane, scratch, lane * matrix, stride, packed, queries, rows, before - hidden, cache,
                            spec, false);
                    output(lane, scratch, lane * matrix, stride, rows, cache, r,
                            (long) row * r.columns() + head * heads.size(), heads);
                }
            });
        }
    }

    private static void append(FloatTensor packed, Heads heads, Segments segments, FloatTensor keys, FloatTensor values,
                               int[] starts, int[] past) {
        int n = heads.keyValueColumns();
        int row = 0;
        for (int s = 0; s < segments.count(); s++) {
            for (int i = 0; i < segments.lengths()[s]; i++, row++) {
                int target = (starts[s] + past[s] + i) * n;
                int source = row * packed.columns() + heads.queryColumns();
                Rows.copy(keys.bytes(), target, packed.bytes(), source, n);
                Rows.copy(values.bytes(), target, packed.bytes(), source + n, n);
            }
        }
    }

    /**
     * A task is a query head. Of the heads that share a key head, the first writes the gradients of keys and values to their
     * destination; those of the others are added afterwards.
     */
    void gradient(FloatTensor r, FloatTensor packed, FloatTensor gradient, AttentionSpec spec, Segments segments) {
        Heads heads = spec.heads();
        int[] starts = starts(segments);
        int stride = stride(longest(segments));
        int lanes = (spec.isCapped() ? 6 : 4) * BLOCK * stride;
        try (Memory.Temporary scratch = memory.temporary((long) lanes * workers.lanes());
                OtherHeads others = new OtherHeads(r, heads)) {
            workers.run(segments.count() * heads.queries(), 1, (from, to, lane) -> {
                for (int task = from; task < to; task++) {
                    int segment = task / heads.queries();
                    gradientOfHead(lane, scratch, lane * lanes, stride, r, others, packed, gradient, spec,
                            task % heads.queries(), starts[segment], segments.lengths()[segment]);
                }
            });
            others.add();
        }
    }

    /** Goes backward from the last queries, which see all keys but the cleared ones, and so initialize all gradients. */
    private void gradientOfHead(int lane, Memory.Temporary scratch, int at, int stride, FloatTensor r, OtherHeads others,
                                FloatTensor packed, FloatTensor gradient, AttentionSpec spec, int head, int first,
                                int length) {
        Heads heads = spec.heads();
        KeyGradients target = others.target(head, first);
        others.clear(head, first, spec.hidden((length - 1) / BLOCK * BLOCK + 1));
        for (int query = (length - 1) / BLOCK * BLOCK; query >= 0; query -= BLOCK) {
            int rows = Math.min(BLOCK, length - query);
            int hidden = spec.hidden(query + 1);
            Keys keys = Keys.packed(packed, heads, head, first + hidden, query + rows - hidden);
            long queries = (long) (first + query) * packed.columns() + head * heads.size();
            long outputs = (long) (first + query) * gradient.columns() + head * heads.size();
            probabilities(lane, scratch, at, stride, packed, queries, rows, query - hidden, keys, spec,
                    spec.isCapped());
            gradientOfBlock(lane, scratch, at, stride, r, target.from(hidden), packed, gradient, spec, queries, outputs,
                    rows, query - hidden, keys, query + rows == length ? 0 : 1);
        }
    }

    private void gradientOfBlock(int lane, Memory.Temporary scratch, int at, int stride, FloatTensor r,
                                 KeyGradients target, FloatTensor packed, FloatTensor gradient, AttentionSpec spec,
                                 long queries, long outputs, int rows, int before, Keys keys, float beta) {
        int size = spec.heads().size();
        int matrix = BLOCK * stride;
        long p = scratch.address(at);
        long dotP = scratch.address(at + matrix);
        long dS = scratch.address(at + 2 * matrix);
        long dotDS = scratch.address(at + 3 * matrix);
        int n = keys.count;
        int ld = packed.columns();
        int ldg = gradient.columns();
        float scale = (float) spec.scale();
        boolean tangent = r.hasTangent();
        long dO = gradient.address(outputs);
        long dotDO = gradient.hasTangent() ? gradient.address(gradient.tangentAt() + outputs) : 0;

        gemm.multiply(lane, rows, n, size, 1, dO, ldg, false, keys.value, ld, true, 0, dS, stride);
        if (gradient.hasTangent()) {
            gemm.multiply(lane, rows, n, size, 1, dotDO, ldg, false, keys.value, ld, true, 0, dotDS, stride);
        }
        if (packed.hasTangent()) {
            gemm.multiply(lane, rows, n, size, 1, dO, ldg, false, keys.valueTangent, ld, true,
                    gradient.hasTangent() ? 1 : 0, dotDS, stride);
        }
        scoreGradients(scratch.bytes(), at, stride, rows, before, n, tangent, packed.hasTangent(), spec);

        int ldt = target.ld;
        gemm.multiply(lane, rows, size, n, scale, dS, stride, false, keys.key, ld, false, 0, r.address(queries), ld);
        gemm.multiply(lane, n, size, rows, scale, dS, stride, true, packed.address(queries), ld, false, beta, target.key,
                ldt);
        gemm.multiply(lane, n, size, rows, 1, p, stride, true, dO, ldg, false, beta, target.value, ldt);
        if (!tangent) {
            return;
        }
        long t = r.tangentAt();
        long rQueryTangent = r.address(t + queries);
        gemm.multiply(lane, rows, size, n, scale, dotDS, stride, false, keys.key, ld, false, 0, rQueryTangent, ld);
        gemm.multiply(lane, n, size, rows, scale, dotDS, stride, true, packed.address(queries), ld, false, beta,
                target.keyTangent, ldt);
        float valueBeta = beta;
        if (packed.hasTangent()) {
            gemm.multiply(lane, rows, size, n, scale, dS, stride, false, keys.keyTangent, ld, false, 1, rQueryTangent, ld);
            gemm.multiply(lane, n, size, rows, scale, dS, stride, true, packed.address(packed.tangentAt() + queries), ld,
                    false, 1, target.keyTangent, ldt);
            gemm.multiply(lane, n, size, rows, 1, dotP, stride, true, dO, ldg, false, valueBeta, target.valueTangent, ldt);
            valueBeta = 1;
        }
        if (gradient.hasTangent()) {
            gemm.multiply(lane, n, size, rows, 1, p, stride, true, dotDO, ldg, false, valueBeta, target.valueTangent, ldt);
        }
    }

    /** Replaces dP with {@code dS = P ⊙ (dP - Σ P ⊙ dP)} row by row, and its tangent likewise. */
    private static void scoreGradients(ByteBuffer b, int at, int stride, int rows, int before, int n, boolean tangent,
                                       boolean probabilitiesHaveTangent, AttentionSpec spec) {
        int matrix = BLOCK * stride;
        for (int i = 0; i < rows; i++) {
            int p = at + i * stride;
            int dotP = p + matrix;
            int d = p + 2 * matrix;
            int dotD = p + 3 * matrix;
            int seen = masked(b, d, before + i + 1, 0);
            Rows.fill(b, d, spec.hidden(before + i + 1), 0);
            if (tangent) {
                masked(b, dotD, before + i + 1, 0);
                Rows.fill(b, dotD, spec.hidden(before + i + 1), 0);
            }
            float mean = Rows.dot(b, p, b, d, seen);
            float rest = Rows.weightedRest(b, d, mean, p, seen);
            if (tangent) {
                float tMean = Rows.dot(b, p, b, dotD, seen);
                float tRest = Rows.weightedRest(b, dotD, tMean, p, seen);
                if (probabilitiesHaveTangent) {
                    tRest += Rows.weightedRest(b, d, mean, dotP, seen);
                    Rows.centredProductTangent(b, dotD, tMean, tRest, p, dotP, d, mean, rest, seen);
                } else {
                    Rows.centredProduct(b, dotD, tMean, tRest, p, seen);
                }
                Rows.fill(b, dotD + seen, n - seen, 0);
            }
            Rows.centredProduct(b, d, mean, rest, p, seen);
            Rows.fill(b, d + seen, n - seen, 0);
            if (spec.isCapped()) {
                backThroughCap(b, p, matrix, n, tangent, probabilitiesHaveTangent, (float) spec.softCap());
            }
        }
    }

    /** For a row whose score gradients are two matrices after its probabilities, and its capped scores four. */
    private static void backThroughCap(ByteBuffer b, int p, int matrix, int n, boolean tangent, boolean scoresHaveTangent,
                                       float cap) {
        int d = p + 2 * matrix;
        int dotD = p + 3 * matrix;
        int scores = p + 4 * matrix;
        if (scoresHaveTangent) {
            Rows.throughCapTangent(b, dotD, d, b, scores, p + 5 * matrix, n, cap);
        } else if (tangent) {
            Rows.throughCap(b, dotD, b, scores, n, cap);
        }
        Rows.throughCap(b, d, b, scores, n, cap);
    }

    /**
     * Computes probabilities, and in the next matrix their tangents if there are any; zeros for keys not seen.
     *
     * @param keep whether to leave the capped scores and their tangents four and five matrices after the probabilities
     */
    private void probabilities(int lane, Memory.Temporary scratch, int at, int stride, FloatTensor packed, long queries,
                               int rows, int before, Keys keys, AttentionSpec spec, boolean keep) {
        int n = keys.count;
        int size = spec.heads().size();
        int matrix = BLOCK * stride;
        float scale = (float) spec.scale();
        int ld = packed.columns();
        long q = packed.address(queries);
        gemm.multiply(lane, rows, n, size, scale, q, ld, false, keys.key, keys.ld, true, 0, scratch.address(at), stride);
        boolean tangent = packed.hasTangent();
        if (tangent) {
            long dotS = scratch.address(at + matrix);
            long dotQ = packed.address(packed.tangentAt() + queries);
            gemm.multiply(lane, rows, n, size, scale, dotQ, ld, false, keys.key, ld, true, 0, dotS, stride);
            gemm.multiply(lane, rows, n, size, scale, q, ld, false, keys.keyTangent, ld, true, 1, dotS, stride);
        }
        ByteBuffer b = scratch.bytes();
        for (int i = 0; i < rows; i++) {
            int seen = before + i + 1;
            int hidden = spec.hidden(seen);
            int p = at + i * stride;
            if (spec.isCapped()) {
                throughCap(b, p, matrix, n, tangent, (float) spec.softCap(), keep);
            }
            int whole = masked(b, p, seen, Float.NEGATIVE_INFINITY);
            Rows.fill(b, p, hidden, Float.NEGATIVE_INFINITY);
            Rows.softmax(b, p, whole);
            Rows.fill(b, p + whole, n - whole, 0);
            if (tangent) {
                masked(b, p + matrix, seen, 0);
                Rows.fill(b, p + matrix, hidden, 0);
                Rows.softmaxTangent(b, p + matrix, p, whole);
                Rows.fill(b, p + matrix + whole, n - whole, 0);
            }
        }
    }

    private static void throughCap(ByteBuffer b, int p, int matrix, int n, boolean tangent, float cap, boolean keep) {
        Rows.softCap(b, p, n, cap);
        if (tangent) {
            Rows.throughCap(b, p + matrix, b, p, n, cap);
        }
        if (keep) {
            Rows.copy(b, p + 4 * matrix, b, p, n);
            if (tangent) {
                Rows.copy(b, p + 5 * matrix, b, p + matrix, n);
            }
        }
    }

    /**
     * Overwrites the unseen elements in the last vector of a row, so that loops can process whole vectors.
     *
     * @return the number of elements to process
     */
    private static int masked(ByteBuffer b, int row, int seen, float value) {
        int whole = Simd.roundedUp(seen);
        for (int i = seen; i < whole; i++) {
            b.putFloat((row + i) << 2, value);
        }
        return whole;
    }

    private void output(int lane, Memory.Temporary scratch, int at, int stride, int rows, Keys keys, FloatTensor r,
                        long out, Heads heads) {
        int n = keys.count;
        int size = heads.size();
        long p = scratch.address(at);
        gemm.multiply(lane, rows, size, n, 1, p, stride, false, keys.value, keys.ld, false, 0, r.address(out), r.columns());
        if (r.hasTangent()) {
            long dotP = scratch.address(at + BLOCK * stride);
            long target = r.address(r.tangentAt() + out);
            gemm.multiply(lane, rows, size, n, 1, dotP, stride, false, keys.value, keys.ld, false, 0, target, r.columns());
            gemm.multiply(lane, rows, size, n, 1, p, stride, false, keys.valueTangent, keys.ld, false, 1, target,
                    r.columns());
        }
    }

    /** The row stride of a score matrix: rows begin on a cache line. */
    private static int stride(int keys) {
        return (keys + 15) & -16;
    }

    /** The number of heads per task: several if the blocks are small. */
    private static int grain(Blocks blocks, Heads heads) {
        long work = (long) Math.min(BLOCK, blocks.longest) * blocks.longest * heads.size();
        return (int) Math.max(1, Math.min(1024, 65_536 / Math.max(1, work)));
    }

    private static int[] starts(Segments segments) {
        int[] starts = new int[segments.count()];
        for (int s = 1; s < starts.length; s++) {
            starts[s] = starts[s - 1] + segments.lengths()[s - 1];
        }
        return starts;
    }

    private static int longest(Segments segments) {
        int longest = 0;
        for (int length : segments.lengths()) {
            longest = Math.max(longest, length);
        }
        return longest;
    }

    /** The destination of a head's gradients of keys and values: addresses of a segment's first row and of its tangents. */
    private record KeyGradients(long key, long value, long keyTangent, long valueTangent, int ld) {

        /** @return the same, starting at another row of the segment */
        KeyGradients from(int row) {
            long bytes = (long) row * ld * Float.BYTES;
            return new KeyGradients(key + bytes, value + bytes, keyTangent + bytes, valueTangent + bytes, ld);
        }
    }

    /**
     * The gradients of keys and values from heads that share them with an earlier head: side by side, row by row as in the
     * result.
     */
    private final class OtherHeads implements AutoCloseable {

        private final FloatTensor result;
        private final Heads heads;
        private final int group;
        private final int columns;
        private final Memory.Temporary parts;

        OtherHeads(FloatTensor result, Heads heads) {
            this.result = result;
            this.heads = heads;
            group = heads.queries() / heads.keyValues();
            columns = (heads.queries() - heads.keyValues()) * 2 * heads.size();
            parts = memory.temporary((long) result.stackedRows() * columns);
        }

        /** @return the column where a head's part begins in a row; the key's half comes first */
        private int column(int head) {
            return (head / group * (group - 1) + head % group - 1) * 2 * heads.size();
        }

        KeyGradients target(int head, int first) {
            int size = heads.size();
            if (head % group == 0) {
                long key = (long) first * result.columns() + heads.queryColumns() + head / group * size;
                long value = key + heads.keyValueColumns();
                long tangent = result.tangentAt();
                return new KeyGradients(result.address(key), result.address(value), result.address(tangent + key),
                        result.address(tangent + value), result.columns());
            }
            long key = (long) first * columns + column(head);
            long tangent = (long) result.rows() * columns;
            return new KeyGradients(parts.address(key), parts.address(key + size), parts.address(tangent + key),
                    parts.address(tangent + key + size), columns);
        }

        /** Clears the gradients of {@code count} keys and values, from row {@code first} on. */
        void clear(int head, int first, int count) {
            int size = heads.size();
            boolean own = head % group == 0;
            ByteBuffer bytes = own ? result.bytes() : parts.bytes();
            int ld = own ? result.columns() : columns;
            int key = own ? heads.queryColumns() + head / group * size : column(head);
            int value = own ? key + heads.keyValueColumns() : key + size;
            for (int row = first; row < first + count; row++) {
                for (int stack = 0; stack < result.stackedRows(); stack += result.rows()) {
                    Rows.fill(bytes, (stack + row) * ld + key, size, 0);
                    Rows.fill(bytes, (stack + row) * ld + value, size, 0);
                }
            }
        }

        /** Adds them to the result, head by head. */
        void add() {
            if (columns == 0) {
                return;
            }
            int size = heads.size();
            ByteBuffer sum = result.bytes();
            workers.run(result.stackedRows(), Math.max(1, 16_384 / columns), (from, to, lane) -> {
                for (int row = from; row < to; row++) {
                    for (int head = 0; head < heads.queries(); head++) {
                        if (head % group > 0) {
                            int key = row * result.columns() + heads.queryColumns() + head / group * size;
                            int value = key + heads.keyValueColumns();
                            int part = row * columns + column(head);
                            Rows.add(sum, key, parts.bytes(), part, size);
                            Rows.add(sum, value, parts.bytes(), part + size, size);
                        }
                    }
                }
            });
        }

        @Override
        public void close() {
            parts.close();
        }
    }

    /** The location of the keys and values that a block of queries of one head sees. */
    private static final class Keys {

        private final int count;
        private final int ld;
        private final long key;
        private final long value;
        private final long keyTangent;
        private final long valueTangent;

        private Keys(FloatTensor keys, long keyAt, FloatTensor values, long valueAt, int count) {
            this.count = count;
            this.ld = keys.columns();
            key = keys.address(keyAt);
            value = values.address(valueAt);
            keyTangent = keys.address(keys.tangentAt() + keyAt);
            valueTangent = values.address(values.tangentAt() + valueAt);
        }

        static Keys packed(FloatTensor packed, Heads heads, int head, int first, int count) {
            long key = (long) first * packed.columns() + heads.queryColumns() + column(heads, head);
            return new Keys(packed, key, packed, key + heads.keyValueColumns(), count);
        }

        static Keys cached(FloatTensor keys, FloatTensor values, Heads heads, int head, int first, int count) {
            long at = (long) first * keys.columns() + column(heads, head);
            return new Keys(keys, at, values, at, count);
        }

        private static int column(Heads heads, int head) {
            return head / (heads.queries() / heads.keyValues()) * heads.size();
        }
    }

    /** The blocks of queries of all segments. */
    private static final class Blocks {

        private final int count;
        private final int longest;
        private final int[] segment;
        private final int[] segmentStart;
        /** The first query of the block, within its segment. */
        private final int[] query;
        private final int[] rows;

        Blocks(Segments segments) {
            int[] starts = starts(segments);
            int blocks = 0;
            for (int length : segments.lengths()) {
                blocks += (length + BLOCK - 1) / BLOCK;
            }
            count = blocks;
            longest = longest(segments);
            segment = new int[count];
            segmentStart = new int[count];
            query = new int[count];
            rows = new int[count];
            int block = 0;
            for (int s = 0; s < segments.count(); s++) {
                int length = segments.lengths()[s];
                for (int first = 0; first < length; first += BLOCK, block++) {
                    segment[block] = s;
                    segmentStart[block] = starts[s];
                    query[block] = first;
                    rows[block] = Math.min(BLOCK, length - first);
                }
            }
        }
    }
}
