package org.perk4j.inference;

/** What a segment holds one of, whole, wherever it isn't too long. */
public enum Unit {
    /** What stands between blank lines. */
    PARAGRAPH,
    /** A line, such as a record. */
    LINE,
    /** A sentence. */
    SENTENCE,
    /** As many whole paragraphs, lines or sentences as go into it. */
    PACKED
}
