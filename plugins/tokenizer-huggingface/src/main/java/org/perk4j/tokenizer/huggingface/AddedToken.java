package org.perk4j.tokenizer.huggingface;

import java.util.Map;

/**
 * A token beside the vocabulary, which is matched as a whole.
 *
 * @param id         its number
 * @param content    its text
 * @param special    whether only the model uses it: no text is ever encoded as a special token. Other added tokens are found
 *                   in a text before everything else
 * @param singleWord whether it is only matched between characters that are not part of a word
 * @param lstrip     whether it includes white space before it
 * @param rstrip     whether it includes white space after it
 * @param normalized whether it is matched in the normalized text
 */
record AddedToken(int id, String content, boolean special, boolean singleWord, boolean lstrip, boolean rstrip,
                  boolean normalized) {

    static AddedToken special(int id, String content) {
        return new AddedToken(id, content, true, false, false, false, false);
    }

    AddedToken withId(int other) {
        return new AddedToken(other, content, special, singleWord, lstrip, rstrip, normalized);
    }

    AddedToken asSpecial() {
        return new AddedToken(id, content, true, singleWord, lstrip, rstrip, normalized);
    }

    /** @return in the native library's form */
    Map<String, Object> json() {
        return Map.of("id", id, "content", content, "special", special, "single_word", singleWord, "lstrip", lstrip,
                "rstrip", rstrip, "normalized", normalized);
    }
}
