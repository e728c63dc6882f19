package org.perk4j.compute;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The language-model head with its cross-entropy, a few rows at a time, so that the logits of all rows are never in memory
 * at once. Rows without a target are skipped.
 *
 * @param softCap the soft cap of the logits
 * @param targets the index of a row of {@code head} for each row of {@code hidden}, or -1 for no target
 */
record TokenHead(DualProducts products, Duals hidden, Factor head, double softCap, int[] targets) {

    private static final int ROWS_AT_A_TIME = 64;

    /**
     * Some rows that have a target.
     *
     * @param rows   the numbers of the hidden states
     * @param hidden copies of the hidden states
     * @param losses the loss of each
     * @param errors the derivatives of each loss with respect to the products with the head: without a soft cap the
     *               probabilities, less 1 for the target
     */
    private record Chunk(int[] rows, Duals hidden, Dual[] losses, Duals errors) {
    }

    /** @param gradients may be null */
    void losses(Duals losses, Duals gradients) {
        for (int[] rows : chunks()) {
            Chunk chunk = chunk(rows);
            for (int i = 0; i < chunk.rows.length; i++) {
                losses.set(chunk.rows[i], 0, chunk.losses[i]);
            }
            if (gradients != null) {
                Duals byHidden = products.multiply(chunk.errors, false, head, false);
                for (int i = 0; i < chunk.rows.length; i++) {
                    gradients.copyRow(chunk.rows[i], 0, byHidden, i, 0, head.columns());
                }
            }
        }
    }

    /** Adds to {@code result} the gradient with respect to the head, with each row's loss weighted by {@code gradient}. */
    void headGradient(Duals gradient, Duals result) {
        for (int[] rows : chunks()) {
            Chunk chunk = chunk(rows);
            Duals weighted = Duals.zeros(chunk.rows.length, head.rows(), result.hasTangent());
            for (int i = 0; i < chunk.rows.length; i++) {
                Dual weight = gradient.at(chunk.rows[i], 0);
                for (int token = 0; token < head.rows(); token++) {
                    weighted.set(i, token, chunk.errors.at(i, token).times(weight));
                }
            }
            products.add(result, 1, weighted, true, chunk.hidden, false);
        }
    }

    /** The number of temporary elements per chunk. */
    long temporaries() {
        int matrices = softCap < Double.POSITIVE_INFINITY ? 3 : 2;
        return (long) Math.min(ROWS_AT_A_TIME, targets.length) * (matrices * head.rows() + 2 * head.columns());
    }

    private List<int[]> chunks() {
        int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        List<int[]> chunks = new ArrayList<>();
        for (int from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
            chunks.add(Arrays.copyOfRange(rows, from, Math.min(from + ROWS_AT_A_TIME, rows.length)));
        }
        return chunks;
    }

    private Chunk chunk(int[] rows) {
        Duals h = Duals.zeros(rows.length, hidden.columns(), hidden.hasTangent());
        for (int i = 0; i < rows.length; i++) {
            h.copyRow(i, 0, hidden, rows[i], 0, hidden.columns());
        }
        Duals logits = products.multiply(h, false, head, true);
        logits.cap(softCap);
        Duals capped = softCap < Double.POSITIVE_INFINITY ? logits.block(0, rows.length, 0, head.rows()) : null;
        Dual[] losses = new Dual[rows.length];
        for (int i = 0; i < rows.length; i++) {
            int target = targets[rows[i]];
            Dual logit = logits.at(i, target);
            losses[i] = logits.softmax(i, 0, logits.columns()).minus(logit);
            logits.add(i, target, Dual.constant(-1));
            for (int token = 0; capped != null && token < head.rows(); token++) {
                logits.set(i, token, logits.at(i, token).times(capped.at(i, token).capSlope(softCap)));
            }
        }
        return new Chunk(rows, h, losses, logits);
    }
}
