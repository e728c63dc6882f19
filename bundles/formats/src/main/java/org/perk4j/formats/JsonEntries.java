package org.perk4j.formats;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.Set;

/**
 * Reads a JSON file of many entries, one at a time: a list, objects in a row (JSON lines), or an object with lists of
 * entries. As strict as {@link Json}.
 */
public final class JsonEntries {

    private JsonEntries() {
    }

    /**
     * An entry.
     *
     * @param value  its content, with its place in the file
     * @param offset where it begins in the file, in bytes: the argument of {@link #read}
     */
    public record Entry(JsonValue value, long offset) {
    }

    /**
     * Passes a file's entries to an action, in order.
     *
     * @param lists the keys under which an object may hold lists of entries; other keys of that object are ignored
     * @throws IOException naming file, line and column, and the remedy, or from {@code action}
     */
    public static void forEach(Path file, Set<String> lists, IOConsumer<Entry> action) throws IOException {
        try (Reader text = new Utf8Reader(file, 0)) {
            new JsonText(file, text).entries(lists, action);
        }
    }

    /**
     * Reads one entry.
     *
     * @param offset where it begins, in bytes
     * @return the entry; the line numbers of its places count from its first line
     * @throws IOException naming the file, if no entry begins there any more
     */
    public static JsonValue read(Path file, long offset) throws IOException {
        try (Reader text = new Utf8Reader(file, offset)) {
            return new JsonText(file, text).first();
        }
    }
}
