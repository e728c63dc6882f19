package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What others build on doesn't change behind their backs: a package that changed since {@code src/test/baseline} was
 * written has a new version. With each release, or where a change before it is meant to be part of the version that is
 * there already, the baseline is written anew by {@code -Dbaseline.write}, and looked through as any other change.
 */
class BaselineIT {

    private static final Path FOLDER = Path.of("src/test/baseline");

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"org.perk4j.api", "org.perk4j.formats", "org.perk4j.commands", "org.perk4j.tck",
        "org.perk4j.decoder", "org.perk4j.innerloop", "org.perk4j.peft"})
    void whatChangedHasANewVersion(String bundle) throws Exception {
        Path file = FOLDER.resolve(bundle + ".txt");
        Baseline now = Baseline.of(jar(bundle));
        if (System.getProperty("baseline.write") != null) {
            now.write(file);
        }
        assertEquals(List.of(), Baseline.read(file).violations(now));
    }

    @Test
    void aMethodThatIsGoneOrAddedIsAViolation() throws Exception {
        Baseline now = Baseline.of(jar("org.perk4j.api"));
        Path file = temporary.resolve("baseline.txt");
        now.write(file);
        assertEquals(List.of(), Baseline.read(file).violations(now), "the text holds all of it");
        List<String> lines = Files.readAllLines(file);
        String lease = lines.stream().filter(line -> line.contains("lease(")).findFirst().orElseThrow();
        Files.write(file, lines.stream().map(line -> line.equals(lease) ? line.replace("lease(", "rent(") : line).toList());
        List<String> violations = Baseline.read(file).violations(now);
        assertEquals(1, violations.size(), violations.toString());
        assertTrue(violations.get(0).startsWith("org.perk4j.plugin ") && violations.get(0).contains("REMOVED rent("),
                violations.toString());
    }

    @Test
    void aNewVersionAllowsAnyChange() throws Exception {
        Baseline now = Baseline.of(jar("org.perk4j.api"));
        Path file = temporary.resolve("baseline.txt");
        now.write(file);
        Files.write(file, Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("VERSION (\\w+) (\\w+) 0\\.\\d+\\.", "VERSION $1 $2 0.0.")
                        .replace("lease(", "rent(")).toList());
        assertEquals(List.of(), Baseline.read(file).violations(now));
    }

    /** As shipped; the contract tests aren't. */
    private static Path jar(String bundle) throws Exception {
        Path folder = bundle.endsWith(".tck") ? Path.of("../bundles/tck/target") : Perk.INSTALLATION.resolve("bundles");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(bundle + "-[\\d.]+(-SNAPSHOT)?\\.jar"))
                    .findFirst().orElseThrow();
        }
    }
}
