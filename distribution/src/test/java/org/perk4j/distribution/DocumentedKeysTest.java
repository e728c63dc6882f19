package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugin;
import org.perk4j.studies.StudyJob;
import org.perk4j.task.babilong.BabiLong;
import org.perk4j.task.cloze.Cloze;
import org.perk4j.task.facts.Facts;
import org.perk4j.task.files.TaskFiles;
import org.perk4j.task.studentrecords.StudentRecords;
import org.perk4j.training.PretrainJob;
import org.perk4j.training.TrainJob;

/** {@code docs/configuration.md} has a row for each key of each job and plugin, with its default and its help. */
class DocumentedKeysTest {

    private static final Path DOCUMENT = Path.of("../docs/configuration.md");

    static Stream<Class<?>> records() {
        Stream<Plugin<?>> tasks = Stream.of(new StudentRecords(), new BabiLong(), new TaskFiles(),
                new Facts(), new Cloze());
        Stream<Plugin<?>> others = Stream.of(EveryPlugin.ADAPTERS, EveryPlugin.OPTIMIZERS, EveryPlugin.OBJECTIVES)
                .flatMap(List::stream).map(chosen -> (Plugin<?>) chosen.plugin());
        return Stream.concat(Stream.of(TrainJob.class, PretrainJob.class, EvaluateJob.class, StudyJob.class),
                Stream.concat(tasks, others).<Class<?>>map(Plugin::options)).flatMap(DocumentedKeysTest::withNested)
                .filter(options -> options.getRecordComponents().length > 0).distinct();
    }

    private static Stream<Class<?>> withNested(Class<?> options) {
        return Stream.concat(Stream.of(options), Stream.of(options.getRecordComponents())
                .map(component -> element(component.getGenericType()))
                .filter(type -> type.isRecord() && isOfOptions(type)).flatMap(DocumentedKeysTest::withNested));
    }

    private static Class<?> element(Type type) {
        return (Class<?>) (type instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : type);
    }

    private static boolean isOfOptions(Class<?> type) {
        return Stream.of(type.getRecordComponents()).anyMatch(component -> component.isAnnotationPresent(Option.class));
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyKeyHasARow(Class<?> options) throws IOException {
        List<String> rows = Files.readAllLines(DOCUMENT).stream().filter(line -> line.startsWith("| `")).toList();
        for (RecordComponent component : options.getRecordComponents()) {
            Option option = component.getAnnotation(Option.class);
            String begin = "| `" + component.getName() + "` | ";
            String preset = " | " + preset(option) + " | ";
            String help = option.help() + " |"; // behind a remark, if the document has one
            assertTrue(rows.stream().anyMatch(row -> row.startsWith(begin) && row.contains(preset) && row.endsWith(help)),
                    () -> options.getSimpleName() + ": missing in " + DOCUMENT + ": " + begin + "…" + preset + help);
        }
    }

    private static String preset(Option option) {
        return switch (option.value()) {
            case Option.REQUIRED -> "required";
            case "" -> "`\"\"`";
            default -> "`" + option.value() + "`";
        };
    }
}
