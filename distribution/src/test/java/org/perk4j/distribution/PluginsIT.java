package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.perk4j.adapter.AdapterType;
import org.perk4j.commands.Command;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Plugins;
import picocli.CommandLine;

/** What plugins from others may do wrong, and that it is told; in one line each, by which plugin, and why. */
class PluginsIT {

    private static final String REFERENCE = "<reference name=\"absent\" interface=\"com.example.Absent\" field=\"absent\"/>";

    @TempDir
    private Path folder;

    private Path installation;

    @BeforeEach
    void install() throws IOException {
        installation = Perk.copy(folder.resolve("perk"));
    }

    /** A plugin from others. */
    public static final class Other implements Runnable {

        @Override
        public void run() {
            // it is enough that it is there
        }
    }

    /** A plugin that needs what nobody offers. */
    public static final class Needy implements Runnable {

        private Object absent;

        @Override
        public void run() {
            absent.toString();
        }
    }

    /** A plugin that can't be made. */
    public static final class Thrower implements Runnable {

        public Thrower() {
            throw new IllegalStateException("no such device");
        }

        @Override
        public void run() {
            // never
        }
    }

    /** A plugin that can't be initialized either. */
    public static final class Late implements Runnable {

        private static final int NUMBER = Integer.parseInt("one");

        @Override
        public void run() {
            assertEquals(1, NUMBER);
        }
    }

    /** An activator, that fails. */
    public static final class Activator implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            throw new IllegalStateException("no licence");
        }

        @Override
        public void stop(BundleContext context) {
            // never started
        }
    }

    /** A plugin's command. */
    @CommandLine.Command(name = "fail")
    public static final class Fail implements Command {

        @Override
        public Integer call() {
            throw new UnsupportedOperationException("not in this edition");
        }
    }

    /** A command of the name of one that was shipped. */
    @CommandLine.Command(name = "plugins")
    public static final class Usurper implements Command {

        @Override
        public Integer call() {
            return 7;
        }
    }

    /** Not a command, as it lacks the annotation. */
    public static final class Unnamed implements Command {

        @Override
        public Integer call() {
            return 7;
        }
    }

    /** Of an interface that its bundle has a copy of. */
    public static final class Copied implements OptimizerType<Copied.Options> {

        public record Options() {
        }

        @Override
        public Class<Options> options() {
            return Options.class;
        }

        @Override
        public InnerOptimizer create(Options options) {
            return null;
        }
    }

    /** Leases, inside, and says what came of it. */
    public static final class Leasing implements Supplier<String> {

        @Override
        public String get() {
            BundleContext context = FrameworkUtil.getBundle(Leasing.class).getBundleContext();
            try {
                return context.getService(context.getServiceReference(Plugins.class)).lease(Runnable.class, "other").get()
                        .getClass()
                        .getName();
            } catch (IllegalArgumentException e) {
                return e.getMessage();
            }
        }
    }

    @Test
    void saysWhichPackageAPluginLacks() throws Exception {
        add(plugin().header("Import-Package", "com.example.absent"));
        Perk perk = Perk.run(installation, "plugins");
        assertTrue(row(perk).contains("unresolved: nothing here provides ") && row(perk).contains("com.example.absent"),
                row(perk));
        assertEquals(1, perk.err().lines().filter(line -> line.contains("com.example.absent")).count(), perk.err());
        assertFalse(perk.err().contains("\tat "), perk.err());
    }

    @Test
    void saysWhichServiceAPluginLacks() throws Exception {
        add(plugin().component(Needy.class, REFERENCE));
        String row = row(Perk.run(installation, "plugins"));
        assertTrue(row.contains("unsatisfied") && row.contains("a service com.example.Absent"), row);
    }

    @Test
    void saysThatAPluginPublishesNothing() throws Exception {
        add(plugin());
        assertTrue(row(Perk.run(installation, "plugins")).contains("unsatisfied"));
    }

    @Test
    void saysOfEachTypeWhyItFails() throws Exception {
        add(plugin("other", "thrower", "late", "missing")
                .component(Other.class, "")
                .component(Thrower.class.getName(), Runnable.class, "thrower", "", "").code(Thrower.class)
                .component(Late.class.getName(), Runnable.class, "late", "", "").code(Late.class)
                .component("com.example.Missing", Runnable.class, "missing", "", ""));
        Perk perk = Perk.run(installation, "plugins");
        List<String> rows = perk.out().lines().filter(row -> row.contains("com.example.other ")).toList();
        assertEquals(4, rows.size(), perk.out());
        assertTrue(rows.get(0).contains(" late ") && rows.get(0).contains("failed: ")
                && rows.get(0).contains("java.lang.NumberFormatException: For input string: \"one\""), rows.get(0));
        assertTrue(rows.get(1).contains(" missing ") && rows.get(1).contains("failed: com.example.Missing can't be loaded"),
                rows.get(1));
        assertTrue(rows.get(2).contains(" other ") && rows.get(2).endsWith("ready"), rows.get(2));
        assertTrue(rows.get(3).contains(" thrower ")
                && rows.get(3).endsWith("failed: java.lang.IllegalStateException: no such device"), rows.get(3));
        assertFalse(perk.err().contains("\tat "), perk.err());
    }

    @Test
    void saysThatAnActivatorFailed() throws Exception {
        add(plugin().header("Bundle-Activator", Activator.class.getName()).code(Activator.class));
        Perk perk = Perk.run(installation, "plugins");
        assertTrue(row(perk).contains("stopped: com.example.other 1.0.0 can't be started: ")
                && row(perk).contains("no licence"), row(perk));
        assertFalse(perk.err().contains("\tat "), perk.err());
    }

    @Test
    void saysThatAPluginHoldsACopyOfTheApi() throws Exception {
        add(new TestBundle("com.example.other").header("Bundle-Version", "1.0.0")
                .header("Provide-Capability", "perk4j.plugin;kind=optimizer;type=copied")
                .component(Copied.class.getName(), OptimizerType.class, "copied", "", "").code(Copied.class)
                .copy(OptimizerType.class));
        String row = row(Perk.run(installation, "plugins"));
        assertTrue(row.contains(
                "failed: it implements a copy of org.perk4j.optimizer.OptimizerType in its own bundle"), row);
    }

    @Test
    void listsAndLogsAFileThatIsNoBundle() throws Exception {
        Files.createFile(installation.resolve("plugins/empty.jar"));
        Files.writeString(installation.resolve("plugins/junk.jar"), "<html>404</html>");
        Perk perk = Perk.run(installation, "plugins", "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        for (String file : List.of("empty.jar", "junk.jar")) {
            assertTrue(perk.lastLine()
                    .contains("\"bundle\":\"" + installation.resolve("plugins").resolve(file) + "\",\"state\":\"refused\""),
                    perk.lastLine());
            assertEquals(1, perk.err().lines().filter(line -> line.contains("WARN") && line.contains(file)).count(),
                    perk.err());
        }
    }

    /** Of its symbolic name, of its type in a lower version, and a fragment that would change the framework under it. */
    @Test
    void whatWasShippedCantBeTakenOver() throws Exception {
        Files.copy(bundle("org.perk4j.adapter.lora"), installation.resolve("plugins/lora.jar"));
        Files.write(installation.resolve("plugins/core.jar"),
                new TestBundle("org.perk4j.formats").header("Bundle-Version", "9").jar());
        Files.write(installation.resolve("plugins/fragment.jar"), new TestBundle("com.example.fragment")
                .header("Fragment-Host", "system.bundle;extension:=framework").jar());
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(0, perk.exitCode(), perk.err());
        assertEquals(1, perk.out().lines().filter(row -> row.contains("org.perk4j.adapter.lora ") && row.endsWith("ready"))
                .count(), perk.out());
        assertEquals(3, perk.out().lines().filter(row -> row.contains("refused: ")).count(), perk.out());
        try (Container container = new Container(installation, folder.resolve("storage"))) {
            Callable<Boolean> there = () -> container.context()
                    .getAllServiceReferences(AdapterType.class.getName(), "(type=lora)") != null;
            assertTrue(there.call());
            Files.delete(installation.resolve("plugins/lora.jar"));
            Thread.sleep(3000); // more than two looks
            assertTrue(there.call());
        }
    }

    @Test
    void theHighestVersionIsPickedAndTheOtherListed() throws Exception {
        add(plugin().component(Other.class, ""));
        Files.write(installation.resolve("plugins/lower.jar"),
                new TestBundle("com.example.lower").header("Bundle-Version", "0.0.1")
                .header("Provide-Capability", "perk4j.plugin;kind=runnable;type=other").component(Other.class, "").jar());
        Perk perk = Perk.run(installation, "plugins");
        assertTrue(row(perk).endsWith("ready"), perk.out());
        assertTrue(perk.out().lines().anyMatch(row -> row.contains("com.example.lower")
                && row.endsWith("shadowed: jobs use the one of com.example.other 1.0.0")), perk.out());
    }

    @Test
    void anExceptionNamesThePluginItsBundleAndItsVersion() throws Exception {
        add(plugin().component(Fail.class.getName(), Command.class, "none", "", "").code(Fail.class));
        Perk perk = Perk.run(installation, "fail");
        assertEquals(1, perk.exitCode(), perk.out());
        assertTrue(perk.err().contains("not in this edition")
                && perk.err().contains("(in the plugin com.example.other 1.0.0, runnable other)"), perk.err());
    }

    @Test
    void aPluginsCommandThatCantBeUsedLeavesTheOthersAlone() throws Exception {
        add(plugin().component(Usurper.class.getName(), Command.class, "none", "", "").code(Usurper.class)
                .component(Unnamed.class.getName(), Command.class, "none", "", "").code(Unnamed.class)
                .component("com.example.Missing", Command.class, "none", "", ""));
        Perk perk = Perk.run(installation, "--help");
        assertEquals(0, perk.exitCode(), perk.err());
        assertEquals(2, perk.err().lines()
                .filter(line -> line.startsWith("perk: a command of com.example.other 1.0.0 can't be used: "))
                .count(), perk.err());
        assertTrue(perk.err().contains("com.example.Missing"), perk.err());
        perk = Perk.run(installation, "plugins");
        assertEquals(0, perk.exitCode(), perk.err());
    }

    @Test
    void aLeaseSaysWhyAPluginCantBeUsed() throws Exception {
        add(plugin().component(Thrower.class, ""));
        try (Container container = new Container(installation, folder.resolve("storage"))) {
            assertEquals("no runnable of type \"other\" can be used: runnable other of com.example.other 1.0.0 is failed: "
                    + Thrower.class.getName() + " failed: java.lang.IllegalStateException: no such device",
                    container.inside(Leasing.class, Supplier.class).get());
        }
    }

    /** As a full one is: what is unpacked can't be put there. */
    @Test
    void aCacheThatCantBeUsedIsNamed() throws Exception {
        Path cache = Files.createDirectories(folder.resolve("cache/perk4j/natives"));
        try (JarFile jar = new JarFile(bundle("org.perk4j.backend.nd4j").toFile())) {
            for (String name : jar.stream().map(ZipEntry::getName).filter(name -> name.matches("natives/.*\\.jar"))
                    .toList()) {
                Files.createFile(cache.resolve(name.replaceAll(".*/|\\.jar$", ""))); // where a folder is to be
            }
        }
        Perk perk = Perk.run(installation, Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString()), "plugins");
        String row = perk.out().lines().filter(line -> line.contains(" nd4j ")).findFirst().orElse(perk.out());
        assertTrue(row.contains("failed: ") && row.contains("the native libraries can't be unpacked into " + cache)
                && row.contains("XDG_CACHE_HOME"), row);
        assertFalse(perk.err().contains("\tat "), perk.err());
        try (Stream<Path> left = Files.list(cache)) {
            assertTrue(left.allMatch(Files::isRegularFile), "nothing unfinished");
        }
    }

    /** Again and again, while leases are taken. */
    @Test
    void noLeaseFailsWhileAPluginIsReplaced() throws Exception {
        add(plugin().component(Other.class, ""));
        try (Container container = new Container(installation, folder.resolve("storage"))) {
            Supplier<?> leasing = container.inside(Leasing.class, Supplier.class);
            for (int i = 1; i <= 3; i++) {
                String version = "1.0." + i;
                add(plugin().header("Bundle-Version", version).component(Other.class, ""));
                await(() -> {
                    assertEquals(Other.class.getName(), leasing.get());
                    return container.bundle("com.example.other").getVersion().toString().equals(version);
                });
            }
        }
    }

    @Test
    void logsALineForEachJarThatComesChangesAndGoes() throws Exception {
        Path log = folder.resolve("log");
        Process perk = new ProcessBuilder(installation.resolve("bin/perk").toString(), "shell")
                .redirectOutput(folder.resolve("out").toFile()).redirectError(log.toFile()).start();
        try {
            perk.getOutputStream().write("perk plugins\n".getBytes());
            perk.getOutputStream().flush();
            await(() -> Files.readString(folder.resolve("out")).contains("adapter"));
            add(plugin().component(Other.class, ""));
            await(() -> logged(log, "Took up other.jar: com.example.other 1.0.0"));
            add(plugin().header("Bundle-Version", "1.0.1").component(Other.class, ""));
            await(() -> logged(log, "Replaced other.jar: com.example.other 1.0.0 by com.example.other 1.0.1"));
            Files.delete(installation.resolve("plugins/other.jar"));
            await(() -> logged(log, "Removed other.jar: com.example.other 1.0.1"));
        } finally {
            perk.getOutputStream().close();
            perk.waitFor(1, TimeUnit.MINUTES);
            perk.destroyForcibly();
        }
        assertEquals(0, perk.exitValue());
    }

    private static boolean logged(Path log, String line) throws IOException {
        return Files.readAllLines(log).stream().filter(written -> written.endsWith(line)).count() == 1;
    }

    /** A bundle with plugins of these types, or of type other, which it announces. */
    static TestBundle plugin(String... types) {
        StringBuilder announced = new StringBuilder();
        for (String type : types.length == 0 ? new String[] {"other"} : types) {
            announced.append(announced.isEmpty() ? "" : ",").append("perk4j.plugin;kind=runnable;type=").append(type);
        }
        return new TestBundle("com.example.other").header("Bundle-Version", "1.0.0")
                .header("Provide-Capability", announced.toString());
    }

    private Path bundle(String name) throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("bundles"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(name)).findFirst().orElseThrow();
        }
    }

    /** All or nothing, as a user should. */
    private void add(TestBundle plugin) throws IOException {
        Path complete = Files.write(folder.resolve("other.jar"), plugin.jar());
        Files.move(complete, installation.resolve("plugins/other.jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** @return the row in the list of plugins */
    private static String row(Perk perk) {
        assertEquals(0, perk.exitCode(), perk.err());
        return perk.out().lines().filter(row -> row.contains("com.example.other ")).findFirst().orElse(perk.out());
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, "nothing happened for three minutes");
            Thread.sleep(20);
        }
    }
}
