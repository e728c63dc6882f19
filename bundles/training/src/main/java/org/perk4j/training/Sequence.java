package org.perk4j.training;

import java.util.Arrays;
import java.util.List;
import org.perk4j.data.EncodedText;

/**
 * Tokens in a row.
 *
 * @param tokens  what is read
 * @param targets for each token the next one, or -1 where that is not learned
 */
record Sequence(int[] tokens, int[] targets) {

    /** A sequence all of whose tokens are learned. */
    static Sequence of(int[] tokens) {
        return of(List.of(new EncodedText(tokens, 0)));
    }

    /** @return the texts joined; what is unscored in each is not learned */
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
