package org.perk4j.task.files;

import java.util.List;

/** The position of facts in a context. */
final class Position {

    private Position() {
    }

    /** @return where {@code fact} begins, as a fraction of the context's characters; NaN if it isn't there */
    static double of(String fact, List<String> context) {
        String text = String.join(" ", context);
        int start = text.indexOf(fact);
        return start < 0 ? Double.NaN : start / (double) text.length();
    }

    /** @return the largest position of these facts; NaN if there is none */
    static double ofLast(List<String> facts, List<String> context) {
        return facts.isEmpty() ? Double.NaN : of(facts.get(facts.size() - 1), context);
    }
}
