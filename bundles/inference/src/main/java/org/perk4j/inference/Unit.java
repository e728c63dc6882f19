package org.perk4j.inference;

/** The unit of which a segment holds one, uncut unless it is too long. */
public enum Unit {
    /** The text between blank lines. */
    PARAGRAPH,
    /** A line, such as a record. */
    LINE,
    /** A sentence. */
    SENTENCE,
    /** As many whole paragraphs, lines or sentences as fit. */
    PACKED
}
