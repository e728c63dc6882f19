package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.archetype.PluginProject;
import org.perk4j.formats.Json;

/**
 * From nothing to a plugin that learns, as its author would: with what is installed, and with no more of Perk4J than lies
 * there. Maven takes all else from what this build has downloaded.
 */
class PluginProjectIT {

    private static final String MAVEN = System.getProperty("perk.maven");

    @TempDir
    private Path folder;

    private Path installation;
    private Path repository;

    static Set<String> kinds() {
        return PluginProject.kinds();
    }

    @BeforeEach
    void install() throws IOException {
        installation = Perk.copy(folder.resolve("perk"));
        repository = repositoryWithoutPerk4j(folder.resolve("repository"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aNewProjectBuildsAndItsPluginLearns(String kind) throws Exception {
        Path project = folder.resolve("my-own");
        Perk made = Perk.run(installation, "plugin", "new", kind, "my-own", "-o", project.toString());
        assertEquals(0, made.exitCode(), made.err());
        maven("-f", project.toString(), "package");
        Path jar = project.resolve("target/com.example.myown-1.0.0.jar");
        Perk checked = Perk.run(installation, "plugin", "check", jar.toString());
        assertEquals(0, checked.exitCode(), checked.err());
        assertTrue(checked.out().contains(kind + " my-own: ") && !checked.out().contains("not tried"), checked.out());
        Perk installed = Perk.run(installation, "plugin", "install", jar.toString());
        assertEquals(0, installed.exitCode(), installed.err());

        Matcher command = Pattern.compile("perk (\\w+) job\\.json").matcher(Files.readString(project.resolve("README.md")));
        assertTrue(command.find(), "README.md says how to train");
        Path job = project.resolve("job.json");
        Path output = folder.resolve("trained");
        Files.writeString(job, Files.readString(job).replace("my-own-trained", output.toString()));
        Perk trained = Perk.run(installation, command.group(1), job.toString());
        assertEquals(0, trained.exitCode(), trained.err());
        List<Double> losses = new ArrayList<>();
        for (String line : Files.readAllLines(output.resolve("log.jsonl"))) {
            losses.add((Double) Json.parseObject(line).get("loss"));
        }
        int half = losses.size() / 2;
        assertTrue(mean(losses.subList(half, losses.size())) < 0.95 * mean(losses.subList(0, half)), losses.toString());
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private void maven(String... arguments) throws IOException, InterruptedException {
        File log = folder.resolve("maven.log").toFile();
        List<String> command = new ArrayList<>(List.of(MAVEN, "-B", "-o", "-Dmaven.repo.local=" + repository,
                "-Daether.offline.protocols=file"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
        assertTrue(process.waitFor(15, TimeUnit.MINUTES), "Maven doesn't end");
        assertEquals(0, process.exitValue(), Files.readString(log.toPath()));
    }

    /** What is built there stays there. */
    private static Path repositoryWithoutPerk4j(Path copy) throws IOException {
        Path known = Path.of(System.getProperty("perk.maven.repository"));
        Files.createDirectories(copy.resolve("org"));
        for (Path of : List.of(known, known.resolve("org"))) {
            try (Stream<Path> entries = Files.list(of)) {
                for (Path entry : entries.toList()) {
                    Path link = copy.resolve(known.relativize(entry));
                    if (!entry.equals(known.resolve("org")) && !entry.equals(known.resolve("org/perk4j"))) {
                        Files.createSymbolicLink(link, entry);
                    }
                }
            }
        }
        return copy;
    }
}
