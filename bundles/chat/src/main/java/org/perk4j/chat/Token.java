package org.perk4j.chat;

/**
 * A token of a template.
 *
 * @param text a string's value; of other tokens the source
 * @param line the line on which it begins, from 1
 */
record Token(Kind kind, String text, int line) {

    /** The kind of a token. */
    enum Kind {
        /** Text outside of all tags. */
        DATA,
        /** <code>{{</code> */
        PRINT,
        /** <code>{%</code> */
        BLOCK,
        /** The end of either. */
        END,
        NAME, STRING, INTEGER, FLOAT, OPERATOR
    }

    boolean is(Kind other, String word) {
        return kind == other && text.equals(word);
    }

    IllegalArgumentException failure(String problem) {
        return new IllegalArgumentException("line " + line + ": " + problem);
    }
}
