package org.perk4j.tasks.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** The entries of the lists in a file, less the placeholders {@code "..."} that stand for what a sample leaves out. */
final class Entries {

    private static final String PLACEHOLDER = "...";

    private final Path file;
    private int skipped;

    Entries(Path file) {
        this.file = file;
    }

    List<JsonElement> of(JsonArray array) {
        List<JsonElement> entries = StreamSupport.stream(array.spliterator(), false)
                .filter(entry -> !isPlaceholder(entry)).toList();
        skipped += array.size() - entries.size();
        return entries;
    }

    /** @return how many placeholders were met */
    int skipped() {
        return skipped;
    }

    IllegalArgumentException problem(String place, String problem) {
        return new IllegalArgumentException(file + ": " + (place.isEmpty() ? "" : place + ": ") + problem);
    }

    private static boolean isPlaceholder(JsonElement entry) {
        return entry.isJsonPrimitive() && entry.getAsString().equals(PLACEHOLDER);
    }
}
