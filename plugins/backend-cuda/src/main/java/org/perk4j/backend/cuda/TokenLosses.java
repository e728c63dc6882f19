package org.perk4j.backend.cuda;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.perk4j.tensor.AttentionSpec;

/**
 * The language-model head with its cross-entropy, some rows at a time, so that the logits of all rows are never in memory at
 * once. Rows without a target are skipped.
 */
final class TokenLosses {

    /** Stands for zeros, whose loss nobody reads. */
    private static final int NO_ROW = -1;

    private final Kernels kernels;
    private final Memory memory;
    private final Products products;
    private final int logits;

    /** @param logits the most logits in memory at once, but at least one row */
    TokenLosses(Kernels kernels, Memory memory, Products products, int logits) {
        this.kernels = kernels;
        this.memory = memory;
        this.products = products;
        this.logits = logits;
    }

    /**
     * Some rows that have a target, and some zeros.
     *
     * @param places the numbers of these rows, on the device
     * @param hidden copies of the rows
     * @param errors the derivatives of each loss with respect to the logits
     */
    private record Chunk(int size, Tables.Rest places, CudaTensor hidden, CudaTensor errors) {
    }

    private interface Use {
        void of(Chunk chunk);
    }

    /** @param gradients null for none */
    void losses(CudaTensor losses, CudaTensor gradients, CudaTensor hidden, CudaTensor head, double softCap, int[] targets) {
        kernels.clear(losses);
        if (gradients != null) {
            kernels.clear(gradients);
        }
        int d = hidden.columns();
        forEachChunk(losses, hidden, head, softCap, targets, chunk -> {
            if (gradients != null) {
                try (Memory.Temporary byHidden = memory.temporary(chunk.size, d, gradients.hasTangent())) {
                    products.multiply(byHidden.tensor(), false, 1, chunk.errors, false, head, false);
                    long size = (long) chunk.size * d;
                    kernels.each("placeRows", size, gradients, byHidden.tensor(), chunk.places, (long) d, size);
                }
            }
        });
    }

    /** {@code r} becomes the gradient with respect to the head, with each row's loss weighted by {@code weights}. */
    void headGradient(CudaTensor r, CudaTensor hidden, CudaTensor head, double softCap, int[] targets,
                      CudaTensor weights) {
        kernels.clear(r);
        boolean tangent = r.hasTangent();
        try (Memory.Temporary losses = memory.temporary(hidden.rows(), 1, hidden.hasTangent() || head.hasTangent())) {
            forEachChunk(losses.tensor(), hidden, head, softCap, targets, chunk -> {
                int v = head.rows();
                long size = (long) chunk.size * v;
                try (Memory.Temporary weight = memory.temporary(chunk.size, 1, weights.hasTangent());
                     Memory.Temporary weighted = memory.temporary(chunk.size, v, tangent)) {
                    kernels.each("gatherRows", chunk.size, weight.tensor(), weights, chunk.places, 1L, (long) chunk.size);
                    kernels.each("scaleRows", size, weighted.tensor(), chunk.errors, weight.tensor(), (long) v, size);
                    products.multiply(r, true, 1, weighted.tensor(), true, chunk.hidden, false);
                }
            });
        }
    }

    private void forEachChunk(CudaTensor losses, CudaTensor hidden, CudaTensor head, double softCap, int[] targets,
                              Use use) {
        int[] those = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        if (those.length == 0) {
            return;
        }
        int[] rows = Padding.padded(those, paddedRows(those.length, hidden.rows()), NO_ROW);
        int[] chosen = Arrays.stream(rows).map(row -> row == NO_ROW ? 0 : targets[row]).toArray();
        int held = softCap < AttentionSpec.UNCAPPED ? 2 : 1;
        int most = Math.max(1, logits / Math.max(1, held * head.rows()));
        try (Tables.Table allPlaces = kernels.table("places", rows);
             Tables.Table allChosen = kernels.table("chosen", chosen)) {
            for (int from = 0; from < rows.length; from += most) {
                chunk(losses, hidden, head, softCap, allPlaces.from(from), allChosen.from(from),
                        Math.min(most, rows.length - from), use);
            }
        }
    }

    /** @return the next size; if it is next to that of all rows, these: then texts of as many rows are the same work */
    private static int paddedRows(int count, int all) {
        int padded = Padding.padded(count);
        return Padding.padded(padded + 1) >= all ? Math.max(padded, all) : padded;
    }

    private void chunk(CudaTensor losses, CudaTensor hidden, CudaTensor head, double softCap, Tables.Rest places,
                       Tables.Rest chosen, int count, Use use) {
        int v = head.rows();
        int d = hidden.columns();
        long size = (long) count * d;
        try (Memory.Temporary some = memory.temporary(count, d, hidden.hasTangent());
             Memory.Temporary errors = memory.temporary(count, v, hidden.hasTangent() || head.hasTangent())) {
            kernels.each("gatherRows", size, some.tensor(), hidden, places, (long) d, size);
            products.multiply(errors.tensor(), false, 1, some.tensor(), false, head, true);
            if (softCap < AttentionSpec.UNCAPPED) {
                cappedCrossEntropy(losses, errors.tensor(), softCap, chosen, places);
            } else {
                kernels.launch("crossEntropy", count, losses, errors.tensor(), chosen, places, v);
            }
            use.of(new Chunk(count, places, some.tensor(), errors.tensor()));
        }
    }

    /** Replaces logits with the derivatives with respect to them, through the soft cap. */
    private void cappedCrossEntropy(CudaTensor losses, CudaTensor logits, double softCap, Tables.Rest chosen,
                                    Tables.Rest places) {
        long size = logits.size();
        try (Memory.Temporary drawnIn = memory.temporary(logits.rows(), logits.columns(), logits.hasTangent())) {
            kernels.each("softCap", size, drawnIn.tensor(), logits, softCap, size);
            kernels.copy(logits.address(), drawnIn.tensor().address(), logits.bytes());
            kernels.launch("crossEntropy", logits.rows(), losses, logits, chosen, places, logits.columns());
            kernels.each("backThroughCap", size, logits, drawnIn.tensor(), softCap, size);
        }
    }
}
