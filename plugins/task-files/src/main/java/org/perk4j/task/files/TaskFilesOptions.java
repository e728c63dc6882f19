package org.perk4j.task.files;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.perk4j.data.TaskSource;
import org.perk4j.plugin.Option;

/** The options of tasks that are read from files. */
public record TaskFilesOptions(
        @Option(help = "files with instances, JSON (a list of them, one on each line, or a single one), CSV or "
                + "Parquet; divided at random into training, validation and test data", value = "[]",
                        file = Option.File.READ) List<String> files,
        @Option(help = "share of the instances in files that is for validation", value = "0.1") double validationShare,
        @Option(help = "share of the instances in files that is for the test", value = "0.1") double testShare,
        @Option(help = "which division of files: another seed gives another", value = "0") long seed,
        @Option(help = "files for training only", value = "[]", file = Option.File.READ) List<String> train,
        @Option(help = "files for validation only", value = "[]", file = Option.File.READ) List<String> validation,
        @Option(help = "files for the test only", value = "[]", file = Option.File.READ) List<String> test,
        @Option(help = "student records in a piece of a context", value = "1")
        int recordsPerSegment,
        @Option(help = "which columns, or keys, hold context, question, answer and support; if none is named, the layout is "
                + "told by the keys", value = "{}") Columns columns) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public TaskFilesOptions {
        files = List.copyOf(files);
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
        require(Stream.of(files, train, validation, test).anyMatch(list -> !list.isEmpty()),
                "name at least one file in files, train, validation or test");
        require(validationShare >= 0 && testShare >= 0 && validationShare + testShare <= 1,
                "validationShare and testShare must not be negative, and together at most 1");
        require(recordsPerSegment >= 1, "recordsPerSegment must be at least 1");
    }

    /**
     * @param divided the number of instances in files
     * @return why {@code split} has its number of instances, and which keys increase it
     */
    String remedy(TaskSource.Split split, int divided) {
        String key = split.name().toLowerCase(Locale.ROOT);
        String name = "name files with instances in " + key;
        if (files.isEmpty()) {
            return name;
        }
        String held = "of the " + divided + " instances in " + String.join(", ", files) + " ";
        return held + switch (split) {
            case TRAIN -> "it gets what validationShare and testShare leave: lower these, or " + name;
            case VALIDATION -> "it gets a validationShare of " + validationShare + ": raise that, or " + name;
            case TEST -> "it gets a testShare of " + testShare + ": raise that, or " + name;
        };
    }

    static List<Path> paths(List<String> names) {
        return names.stream().map(Path::of).toList();
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
