package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.runtime.Installation;

/** What may happen to an installation: bundles go missing, it is moved, nothing is left for temporary files. */
class InstallationIT {

    @TempDir
    private Path folder;

    private Path installation;

    @BeforeEach
    void install() throws IOException {
        installation = Perk.copy(folder.resolve("perk"));
    }

    @Test
    void namesTheBundleThatLacksSomething() throws Exception {
        delete("gson");
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(1, perk.exitCode());
        String message = perk.err().lines().filter(line -> line.startsWith("perk: ")).findFirst().orElse(perk.err());
        assertTrue(message.contains("org.perk4j.formats") && message.contains("com.google.gson"), perk.err());
        assertEquals("", perk.out());
    }

    @Test
    void saysThatItIsIncomplete() throws Exception {
        delete("org.perk4j.commands");
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(1, perk.exitCode());
        assertTrue(perk.err().contains("no bundle here offers a command line"), perk.err());
    }

    @ParameterizedTest
    @CsvSource({"-XX:MaxRAM=2g, 1024", "-XX:MaxRAM=2g -XX:MaxRAMPercentage=12.5, 256", "-Xmx100m, 100"})
    void theHeapIsAsLargeAsTheEnvironmentSays(String options, int megabytes) throws Exception {
        Perk perk = Perk.run(installation, Map.of("PERK_JAVA_OPTS", options + " -XX:+PrintFlagsFinal"), "--version");
        String size = perk.err().lines().filter(line -> line.contains(" MaxHeapSize ")).findFirst().orElse(perk.err());
        assertEquals(megabytes, Long.parseLong(size.replaceFirst(".*= *(\\d+).*", "$1")) >> 20);
    }

    @Test
    void theShellInstallsAndUpdatesAPlugin() throws Exception {
        Path jar = Files.write(folder.resolve("shell.jar"), PluginsIT.plugin().component(PluginsIT.Other.class, "").jar());
        String location = jar.toUri().toString();
        int number = new Installation(installation).bundles().size() + 1; // the next
        Perk perk = Perk.shell(installation, "install " + location, "start " + number, "perk plugins", "update " + number,
                "scr:list");
        assertEquals(0, perk.exitCode(), perk.err());
        assertTrue(perk.out().lines().anyMatch(line -> line.contains("com.example.other") && line.contains("ready")),
                perk.out() + perk.err());
        assertTrue(perk.out().contains(PluginsIT.Other.class.getName()), "active again: " + perk.out() + perk.err());
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Perk.run(installation, Map.of("PERK_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary), "plugins");
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(0, left.count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "a:b,c", "a b%20c+d", "\u00e4 \u00df \u8a9e #?", "'\"$HOME`&;[]{}"})
    void runsInAnyFolder(String name) throws Exception {
        Path odd = Files.createDirectory(folder.resolve(name)).resolve("perk");
        Files.move(installation, odd);
        Files.write(odd.resolve("plugins/other.jar"), PluginsIT.plugin()
                .component(PluginsIT.Other.class.getName(), Runnable.class, "other", "configuration-policy=\"require\"", "")
                .code(PluginsIT.Other.class).jar());
        String pid = PluginsIT.Other.class.getName();
        Perk perk = Perk.run(odd, "plugins");
        assertEquals(0, perk.exitCode(), perk.err());
        assertTrue(perk.out().contains("unsatisfied: " + pid + " needs a configuration: put " + pid
                + ".config into conf/"), perk.out());
        Files.writeString(odd.resolve("conf/" + pid + ".config"), "key=\"välue\"\n");
        perk = Perk.run(odd, "plugins");
        assertTrue(perk.out().lines().anyMatch(row -> row.contains("com.example.other") && row.endsWith("ready")),
                perk.out() + perk.err());
    }

    @Test
    void namesTheFolderForTemporaryFilesThatIsMissing() throws Exception {
        Path absent = folder.resolve("absent");
        Perk perk = Perk.run(installation, Map.of("PERK_JAVA_OPTS", "-Djava.io.tmpdir=" + absent), "plugins");
        assertEquals(1, perk.exitCode());
        assertTrue(perk.err().contains("perk: there is no folder " + absent + " for temporary files"), perk.err());
    }

    private void delete(String bundle) throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("bundles"))) {
            for (Path file : files.filter(jar -> jar.getFileName().toString().startsWith(bundle)).toList()) {
                Files.delete(file);
            }
        }
    }
}
