package org.perk4j.data;

import java.util.List;

/**
 * A context and questions about it.
 *
 * @param segments  the context, in pieces that are encoded side by side; at least one
 * @param questions at least one
 */
public record Episode(List<String> segments, List<Question> questions) {

    /** @throws IllegalArgumentException if there is no segment or no question */
    public Episode {
        if (segments.isEmpty() || questions.isEmpty()) {
            throw new IllegalArgumentException("an episode of " + segments.size() + " segments and " + questions.size()
                    + " questions: it needs at least one of each");
        }
    }

    /** @return the context as a single text, each piece on a new line */
    public String text() {
        return String.join("\n", segments) + "\n";
    }
}
