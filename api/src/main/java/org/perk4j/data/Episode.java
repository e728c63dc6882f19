package org.perk4j.data;

import java.util.List;

/**
 * A context and questions about it.
 *
 * @param segments  the context, in pieces that are encoded side by side
 * @param questions at least one
 */
public record Episode(List<String> segments, List<Question> questions) {
}
