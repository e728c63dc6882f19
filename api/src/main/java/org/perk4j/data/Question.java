package org.perk4j.data;

import java.util.List;

/**
 * A question about an episode's context.
 *
 * @param kind     what it asks for ({@code major}, {@code qa2}, …), for statistics
 * @param text     the question
 * @param answer   the right answer
 * @param support  the facts that give the answer, word for word as in the context; empty if not known
 * @param position where in the context the (last) fact is, as a fraction from 0 to 1; NaN if not known
 */
public record Question(String kind, String text, String answer, List<String> support, double position) {
}
