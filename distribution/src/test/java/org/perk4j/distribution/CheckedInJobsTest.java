package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.data.TaskType;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.task.babilong.BabiLong;
import org.perk4j.task.cloze.Cloze;
import org.perk4j.task.facts.Facts;
import org.perk4j.task.studentrecords.StudentRecords;
import org.perk4j.training.PretrainJob;
import org.perk4j.training.TrainJob;

/** The jobs that made, or are to make, what is shipped can still be read, the options of their tasks included. */
class CheckedInJobsTest {

    private static final Map<String, TaskType<?>> TASKS = Map.of("student-records", new StudentRecords(),
            "babilong", new BabiLong(), "facts", new Facts(), "cloze", new Cloze());

    static List<Path> jobs() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
            return files.filter(file -> file.getParent().endsWith("jobs") && file.toString().endsWith(".json")).sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void isReadable(Path job) throws IOException {
        List<PluginChoice> tasks = tasks(job, Files.readString(job)).filter(task -> !task.type().isEmpty()).toList();
        tasks.forEach(task -> Options.bind(task, TASKS.get(task.type()).options()));
        assertTrue(job.endsWith("1-base.json") || !tasks.isEmpty(), "only the base learns from files alone");
    }

    private static Stream<PluginChoice> tasks(Path job, String keys) throws IOException {
        if (keys.contains("\"contexts\"")) {
            return Options.read(job, EvaluateJob.class).contexts().stream();
        }
        if (keys.contains("\"tokensPerStep\"")) {
            return Options.read(job, PretrainJob.class).stages().stream().flatMap(stage -> stage.sources().stream())
                    .map(PretrainJob.PretrainSource::task);
        }
        return Options.read(job, TrainJob.class).stages().stream().flatMap(stage -> Stream.concat(Stream.of(stage.task()),
                stage.sources().stream().map(TrainJob.TrainSource::task)));
    }
}
