package org.perk4j.task.babilong;

import java.util.function.ToIntFunction;
import org.perk4j.data.Tokenizer;

/**
 * How long a text may be.
 *
 * @param most    in the unit that is measured in
 * @param measure how long a text is; sentence by sentence, so that the length of a text is the sum of its sentences'
 */
record Length(int most, ToIntFunction<String> measure) {

    /** @return that many tokens; 0 for that many words instead */
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
