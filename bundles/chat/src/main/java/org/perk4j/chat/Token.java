package org.perk4j.chat;

/**
 * A part of a template.
 *
 * @param text of a string what it stands for, else as it is written
 * @param line where it begins, from 1
 */
record Token(Kind kind, String text, int line) {

    /** What it may be. */
    enum Kind {
        /** What stands outside of all tags. */
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
