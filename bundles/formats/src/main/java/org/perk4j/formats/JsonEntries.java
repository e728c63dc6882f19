package org.perk4j.formats;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.Set;

/**
 * A JSON file of many entries, one of which is in memory at a time: a list of them, objects in a row (JSON lines), or an
 * object that holds lists of them. As strict as {@link Json}.
 */
public final class JsonEntries {

    private JsonEntries() {
    }

    /**
     * An entry.
     *
     * @param value  what it holds, with its place in the file
     * @param offset where it begins, in bytes: what {@link #read} takes
     */
    public record Entry(JsonValue value, long offset) {
    }

    /**
     * Hands on a file's entries in order.
     *
     * @param lists an object that has lists under any of these keys stands for their elements; it may have other keys as
     *              well
     * @throws IOException naming file, line and column, and the remedy, or from {@code action}
     */
    public static void forEach(Path file, Set<String> lists, IOConsumer<Entry> action) throws IOException {
        try (Reader text = new Utf8Reader(file, 0)) {
            new JsonText(file, text).entries(lists, action);
        }
    }

    /**
     * Reads an entry again.
     *
     * @param offset where it begins
     * @return the entry; lines in its places are counted from its own
     * @throws IOException naming the file, if no entry begins there any more
     */
    public static JsonValue read(Path file, long offset) throws IOException {
        try (Reader text = new Utf8Reader(file, offset)) {
            return new JsonText(file, text).first();
        }
    }
}
