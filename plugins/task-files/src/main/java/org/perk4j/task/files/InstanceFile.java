package org.perk4j.task.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.perk4j.formats.JsonValue;

/** A file of instances in any format, which is never in memory as a whole. */
interface InstanceFile {

    /** Receives an instance. */
    @FunctionalInterface
    interface Taker {

        /** @param position the argument of {@link #read} */
        void take(JsonValue instance, long position) throws IOException;
    }

    /**
     * Reads the file once.
     *
     * @throws IOException naming file, place and remedy, if its content is invalid
     */
    void forEach(Taker taker) throws IOException;

    /** @return the instance at a position */
    JsonValue read(long position) throws IOException;

    /** @param columns those that are used; lists with these names are not lists of instances */
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
