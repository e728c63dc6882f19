package org.perk4j.evaluation;

import java.util.Comparator;

/**
 * Contexts that are measured together. Shorter ones come first.
 *
 * @param name   what they are, of the job's {@code names}; empty if their length says it all
 * @param tokens their mean length
 */
public record Contexts(String name, int tokens) implements Comparable<Contexts> {

    private static final Comparator<Contexts> ORDER = Comparator.comparingInt(Contexts::tokens)
            .thenComparing(Contexts::name);

    @Override
    public int compareTo(Contexts other) {
        return ORDER.compare(this, other);
    }
}
