package org.perk4j.studies;

import java.util.Locale;
import org.perk4j.formats.JsonValue;
import org.perk4j.plugin.Option;

/**
 * A row or column of a study's grid: what it changes in the job. Changes of an object change the keys that they name. A
 * plugin of another type is replaced as a whole, since it has other keys.
 */
public record Variant(
        @Option(help = "what tables and plots call it; also names its files") String name,
        @Option(help = "what it changes in the task, of the training and of the test; one of another type is the whole task",
                value = "{}") JsonValue task,
        @Option(help = "what it changes in the task of the test alone", value = "{}") JsonValue test,
        @Option(help = "what it changes in the training, as the keys of a train job", value = "{}") JsonValue train) {

    /** @throws IllegalArgumentException if no file can have its name */
    public Variant {
        if (fileName(name).isEmpty()) {
            throw new IllegalArgumentException("name must have a letter or a digit, since files are named after it");
        }
        Changes.requireObjects("task, test and train", task, test, train);
    }

    /** @return its name as part of a file's, in lower case */
    String fileName() {
        return fileName(name);
    }

    private static String fileName(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{Nd}.]+", "-").replaceAll("^[-.]+|[-.]+$", "");
    }
}
