package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Fills records from JSON: a job file is a record, and so are the options of each plugin that it picks. The components are
 * the keys; {@link org.perk4j.plugin.Option} gives their defaults. Besides the types that {@link org.perk4j.plugin.Plugin}
 * lists, a component may be a {@link PluginChoice}, a {@link JsonValue} (any value), or a {@code List} of any of these.
 * Unknown keys, missing keys, wrong types and values that the record's constructor refuses are all reported at once, one per
 * line: {@code train.json: line 4, column 5: adapter.rnak: unknown key: did you mean "rank"?}
 */
public final class Options {

    private Options() {
    }

    /**
     * Fills a record from a file.
     *
     * @throws IOException with one line per problem
     */
    public static <T extends Record> T read(Path job, Class<T> type) throws IOException {
        JsonValue object = JsonText.read(job);
        try {
            return bind(object, type);
        } catch (IllegalArgumentException e) {
            throw new FileFormatException(e.getMessage());
        }
    }

    /**
     * Fills the options of a plugin, whose class is known once the plugin is leased.
     *
     * @throws IllegalArgumentException with one line per problem
     */
    public static <T extends Record> T bind(PluginChoice choice, Class<T> type) {
        return bind(choice.options(), type);
    }

    /**
     * Fills a record from an object.
     *
     * @throws IllegalArgumentException with one line per problem
     */
    public static <T extends Record> T bind(JsonValue object, Class<T> type) {
        return RecordBinder.bind(object, type);
    }

    /** @return the mistakes in an options record, one per line: unsupported types, defaults that don't fit */
    public static List<String> problems(Class<? extends Record> type) {
        return RecordBinder.problems(type);
    }

    /** @return the keys of a record as a table for people: a line for each, with its type, its default and its help */
    public static String describe(Class<? extends Record> type) {
        return OptionTable.of(type);
    }
}
