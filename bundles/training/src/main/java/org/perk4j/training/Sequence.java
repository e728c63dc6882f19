package org.perk4j.training;

import java.util.Arrays;
import java.util.List;
import org.perk4j.data.EncodedText;

/**
 * A sequence of tokens to learn from.
 *
 * @param tokens  the model's input
 * @param targets for each token the next one, or -1 if that has no loss
 */
record Sequence(int[] tokens, int[] targets) {

    /** Makes a sequence that is learned in full. */
    static Sequence of(int[] tokens) {
        return of(List.of(new EncodedText(tokens, 0)));
    }

    /** @return the texts joined; their unscored tokens have no loss */
    static Sequence of(List<EncodedText> texts) {
        int[] tokens = texts.stream().flatMapToInt(t -> Arrays.stream(t.tokens())).toArray();
        int[] targets = new int[tokens.length];
        Arrays.fill(targets, -1);
        int start = 0;
        for (EncodedText text : texts) {
            for (int i = Math.max(text.unscored(), start == 0 ? 1 : 0); i < text.tokens().length; i++) {
                targets[start + i - 1] = text.tokens()[i];
            }
            start += text.tokens().length;
        }
        return new Sequence(tokens, targets);
    }

    int length() {
        return tokens.length;
    }

    int scored() {
        return (int) Arrays.stream(targets).filter(t -> t >= 0).count();
    }
}
