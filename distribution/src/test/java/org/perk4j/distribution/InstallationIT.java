package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.runtime.Installation;

/** What may happen to an installation: bundles go missing, plugins from others come and go. */
class InstallationIT {

    private static final String ANNOUNCED = "perk4j.plugin;kind=adapter;type=other";

    private static final String REFERENCE = "<reference name=\"absent\" interface=\"com.example.Absent\" field=\"absent\"/>";

    @TempDir
    private Path folder;

    private Path installation;

    @BeforeEach
    void install() throws IOException {
        installation = Perk.copy(folder.resolve("perk"));
    }

    /** A plugin from others. */
    static final class Other implements Runnable {

        @Override
        public void run() {
            // it is enough that it is there
        }
    }

    /** A plugin that needs what nobody offers. */
    static final class Needy implements Runnable {

        private Object absent;

        @Override
        public void run() {
            absent.toString();
        }
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

    @Test
    void saysWhichPackageAPluginLacks() throws Exception {
        add(plugin().header("Import-Package", "com.example.absent"));
        String line = otherPlugin();
        assertTrue(line.contains("unresolved") && line.contains("com.example.absent"), line);
    }

    @Test
    void saysWhichServiceAPluginLacks() throws Exception {
        add(plugin().component(Needy.class, REFERENCE));
        String line = otherPlugin();
        assertTrue(line.contains("unsatisfied") && line.contains("a service com.example.Absent"), line);
    }

    @Test
    void saysThatAPluginPublishesNothing() throws Exception {
        add(plugin());
        String line = otherPlugin();
        assertTrue(line.contains("unsatisfied"), line);
    }

    @Test
    void takesPluginsUpAndDropsThemWhileItRuns() throws Exception {
        try (Container container = new Container(installation, folder.resolve("storage"))) {
            Callable<Boolean> there = () -> container.context().getServiceReferences(Runnable.class, "(type=other)").size() == 1;
            assertEquals(false, there.call());
            add(plugin().component(Other.class, ""));
            await(there);
            Files.delete(installation.resolve("plugins/other.jar"));
            await(() -> !there.call());
        }
    }

    @Test
    void theShellInstallsAndUpdatesAPlugin() throws Exception {
        Path jar = Files.write(folder.resolve("shell.jar"), plugin().component(Other.class, "").jar());
        String location = jar.toUri().toString();
        int number = new Installation(installation).bundles().size() + 1; // the next
        Perk perk = Perk.shell(installation, "install " + location, "start " + number, "perk plugins", "update " + number,
                "scr:list");
        assertEquals(0, perk.exitCode(), perk.err());
        assertTrue(perk.out().lines().anyMatch(line -> line.contains("com.example.other") && line.contains("ready")),
                perk.out() + perk.err());
        assertTrue(perk.out().contains(Other.class.getName()), "active again: " + perk.out() + perk.err());
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Perk.run(installation, Map.of("PERK_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary), "plugins");
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(0, left.count());
        }
    }

    private static TestBundle plugin() {
        return new TestBundle("com.example.other").header("Provide-Capability", ANNOUNCED);
    }

    /** All or nothing, as a user should: a file that is still being written would be taken up. */
    private void add(TestBundle plugin) throws IOException {
        Path complete = Files.write(folder.resolve("other.jar"), plugin.jar());
        Files.move(complete, installation.resolve("plugins/other.jar"));
    }

    private void delete(String bundle) throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("bundles"))) {
            for (Path file : files.filter(jar -> jar.getFileName().toString().startsWith(bundle)).toList()) {
                Files.delete(file);
            }
        }
    }

    /** @return its row in the list of plugins */
    private String otherPlugin() throws Exception {
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(0, perk.exitCode(), perk.err());
        return perk.out().lines().filter(row -> row.contains("com.example.other")).findFirst().orElse(perk.out());
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, "nothing happened for a minute");
            Thread.sleep(100);
        }
    }
}
