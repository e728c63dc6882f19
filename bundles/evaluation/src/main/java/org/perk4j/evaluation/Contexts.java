package org.perk4j.evaluation;

import java.util.Comparator;

/**
 * A group of contexts that are measured together. Groups of shorter contexts come first.
 *
 * @param name   the group's name among the job's {@code names}; empty if its length identifies it
 * @param tokens the mean length of a context in tokens
 */
public record Contexts(String name, int tokens) implements Comparable<Contexts> {

    private static final Comparator<Contexts> ORDER = Comparator.comparingInt(Contexts::tokens)
            .thenComparing(Contexts::name);

    @Override
    public int compareTo(Contexts other) {
        return ORDER.compare(this, other);
    }
}
