package org.perk4j.tokenizer.huggingface;

import java.util.Map;

/**
 * A token that stands for itself.
 *
 * @param id         its number
 * @param content    as it is written
 * @param special    whether it means something to the model alone: no text is ever encoded as it. Any other is found in a
 *                   text before all else
 * @param singleWord whether it is only found between characters that aren't of a word
 * @param lstrip     whether white space before it is taken with it
 * @param rstrip     whether white space behind it is taken with it
 * @param normalized whether it is found in the text as normalized
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

    /** @return in the library's own form */
    Map<String, Object> json() {
        return Map.of("id", id, "content", content, "special", special, "single_word", singleWord, "lstrip", lstrip,
                "rstrip", rstrip, "normalized", normalized);
    }
}
