package org.perk4j.inference;

/** The content of a segment: one such unit, which is cut only if it is too long. */
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
