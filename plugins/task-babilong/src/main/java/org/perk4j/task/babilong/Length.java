package org.perk4j.task.babilong;

import java.util.function.ToIntFunction;
import org.perk4j.data.Tokenizer;

/**
 * A limit on the length of a text.
 *
 * @param most    the limit, in the unit of {@code measure}
 * @param measure the length of a sentence; the length of a text is the sum over its sentences
 */
record Length(int most, ToIntFunction<String> measure) {

    /** @return a limit of {@code tokens}; if that is 0, of {@code words} */
    static Length of(int tokens, int words, Tokenizer tokenizer) {
        return tokens == 0 ? new Length(words, Length::words)
                : new Length(tokens, sentence -> tokenizer.encode(" " + sentence).length);
    }

    static int words(String text) {
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }

    int of(String sentence) {
        return measure.applyAsInt(sentence);
    }
}
