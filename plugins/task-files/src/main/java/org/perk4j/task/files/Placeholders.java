package org.perk4j.task.files;

import java.util.List;
import org.perk4j.formats.JsonValue;

/** Entries {@code "..."} in place of what a sample omits. */
final class Placeholders {

    private static final String PLACEHOLDER = "...";

    private int met;

    /** @return the other entries */
    List<JsonValue> skipped(List<JsonValue> entries) {
        return entries.stream().filter(entry -> !skips(entry)).toList();
    }

    /** @return whether an entry is a placeholder, which is then counted */
    boolean skips(JsonValue entry) {
        boolean placeholder = PLACEHOLDER.equals(entry.content());
        met += placeholder ? 1 : 0;
        return placeholder;
    }

    /** @return the number of placeholders so far */
    int met() {
        return met;
    }
}
