package org.perk4j.task.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.perk4j.formats.JsonValue;

/** A file of instances, whatever its format, that is never in memory as a whole. */
interface InstanceFile {

    /** Takes an instance. */
    @FunctionalInterface
    interface Taker {

        /** @param position what {@link #read} takes */
        void take(JsonValue instance, long position) throws IOException;
    }

    /**
     * Goes through the file once.
     *
     * @throws IOException naming file, place and remedy, if it doesn't hold what it should
     */
    void forEach(Taker taker) throws IOException;

    /** @return an instance again */
    JsonValue read(long position) throws IOException;

    /** @param columns that are read: lists with these names are no lists of instances */
    static InstanceFile of(Path file, Set<String> columns) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".csv") || name.endsWith(".tsv")) {
            return new CsvInstances(file, name.endsWith(".csv") ? ',' : '\t');
        }
        if (name.endsWith(".parquet")) {
            return new ParquetInstances(file);
        }
        return new JsonInstances(file, columns);
    }
}
