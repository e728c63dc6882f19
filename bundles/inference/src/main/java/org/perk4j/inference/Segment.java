package org.perk4j.inference;

/**
 * A piece of a longer text.
 *
 * @param text   the piece
 * @param start  of it in the whole, in characters
 * @param end    of it in the whole, exclusive: the start of the next piece
 * @param tokens of the piece as a document has them; not to be modified
 */
public record Segment(String text, int start, int end, int[] tokens) {
}
