package org.perk4j.inference;

/**
 * A piece of a longer text.
 *
 * @param text   the piece
 * @param start  where it starts in the whole text, in characters
 * @param end    where it ends in the whole text, exclusive: where the next piece starts
 * @param tokens its tokens as part of a document; not to be modified
 */
public record Segment(String text, int start, int end, int[] tokens) {
}
