package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.data.EncodedText;
import org.perk4j.model.Tokens;

/**
 * Texts that are read at once, and behind them rows that nobody reads.
 *
 * @param first  the number of the first of these texts among all
 * @param texts  the texts
 * @param unread the number of rows that only make the batch as large as others: see {@link Compute#paddedRows}
 */
record MicroBatch(int first, List<EncodedText> texts, int unread) {

    /** The most rows of a sequence of them, so that they take little attention. */
    private static final int UNREAD_AT_ONCE = 8;

    private MicroBatch(Compute compute, int first, List<EncodedText> texts) {
        this(first, texts, compute.paddedRows(tokens(texts)) - tokens(texts));
    }

    private static int tokens(List<EncodedText> texts) {
        return texts.stream().mapToInt(t -> t.tokens().length).sum();
    }

    /** Groups texts into micro-batches of at most this number of tokens; a longer text gets a micro-batch of its own. */
    static List<MicroBatch> split(Compute compute, List<EncodedText> texts, int tokens) {
        List<MicroBatch> batches = new ArrayList<>();
        int start = 0;
        int size = 0;
        for (int i = 0; i < texts.size(); i++) {
            int length = texts.get(i).tokens().length;
            if (i > start && size + length > tokens) {
                batches.add(new MicroBatch(compute, start, texts.subList(start, i)));
                start = i;
                size = 0;
            }
            size += length;
        }
        if (start < texts.size()) {
            batches.add(new MicroBatch(compute, start, texts.subList(start, texts.size())));
        }
        return batches;
    }

    Tokens tokens() {
        List<int[]> sequences = new ArrayList<>(texts.stream().map(EncodedText::tokens).toList());
        int longest = sequences.stream().mapToInt(sequence -> sequence.length).max().orElseThrow();
        int most = Math.min(UNREAD_AT_ONCE, longest); // so that the model has positions for them
        for (int left = unread; left > 0; left -= most) {
            sequences.add(new int[Math.min(most, left)]);
        }
        return Tokens.of(sequences);
    }

    /** For each row the token to predict: the next one of its text, or -1 if that is unscored or there is none. */
    int[] targets() {
        int[] targets = new int[rows()];
        int row = 0;
        for (EncodedText text : texts) {
            int length = text.tokens().length;
            for (int i = 1; i <= length; i++) {
                targets[row++] = i < length && i >= text.unscored() ? text.tokens()[i] : -1;
            }
        }
        Arrays.fill(targets, row, targets.length, -1);
        return targets;
    }

    /** For each row the row after it in the same text, or -1 after the last. */
    int[] nextRows() {
        int[] next = new int[rows()];
        int row = 0;
        for (EncodedText text : texts) {
            for (int i = 1; i <= text.tokens().length; i++, row++) {
                next[row] = i < text.tokens().length ? row + 1 : -1;
            }
        }
        Arrays.fill(next, row, next.length, -1);
        return next;
    }

    /** For each row the number of its text within this micro-batch; unread rows have one together, behind all others. */
    int[] textOfRow() {
        int[] text = new int[rows()];
        int row = 0;
        for (int i = 0; i < texts.size(); i++) {
            for (int j = 0; j < texts.get(i).tokens().length; j++) {
                text[row++] = i;
            }
        }
        Arrays.fill(text, row, text.length, texts.size());
        return text;
    }

    int rows() {
        return tokens(texts) + unread;
    }
}
