package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.List;
import org.perk4j.data.EncodedText;
import org.perk4j.model.Tokens;

/**
 * Texts that are read at once.
 *
 * @param first the number of the first of these texts among all
 * @param texts the texts
 */
record MicroBatch(int first, List<EncodedText> texts) {

    /** Groups texts into micro-batches of at most this number of tokens; a longer text gets a micro-batch of its own. */
    static List<MicroBatch> split(List<EncodedText> texts, int tokens) {
        List<MicroBatch> batches = new ArrayList<>();
        int start = 0;
        int size = 0;
        for (int i = 0; i < texts.size(); i++) {
            int length = texts.get(i).tokens().length;
            if (i > start && size + length > tokens) {
                batches.add(new MicroBatch(start, texts.subList(start, i)));
                start = i;
                size = 0;
            }
            size += length;
        }
        if (start < texts.size()) {
            batches.add(new MicroBatch(start, texts.subList(start, texts.size())));
        }
        return batches;
    }

    Tokens tokens() {
        return Tokens.of(texts.stream().map(EncodedText::tokens).toList());
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
        return next;
    }

    /** For each row the number of its text within this micro-batch. */
    int[] textOfRow() {
        int[] text = new int[rows()];
        int row = 0;
        for (int i = 0; i < texts.size(); i++) {
            for (int j = 0; j < texts.get(i).tokens().length; j++) {
                text[row++] = i;
            }
        }
        return text;
    }

    int rows() {
        return texts.stream().mapToInt(t -> t.tokens().length).sum();
    }
}
