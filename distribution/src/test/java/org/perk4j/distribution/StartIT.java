package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start loads and unpacks. How long that takes is measured by {@code benchmarks/start}. */
class StartIT {

    /** How Java's log calls what an archive of classes gave that isn't the JDK's own. */
    private static final String ARCHIVED = "shared objects file (top)";

    @TempDir
    private Path folder;

    @Test
    void theVersionIsToldWithoutAFramework() throws Exception {
        List<String> classes = loaded(Perk.INSTALLATION, Map.of(), "--version");
        assertFalse(any(classes, "org.apache.felix."), "the framework");
        assertFalse(any(classes, "ch.qos.logback."), "logging");
        Perk launcher = Perk.run("--version");
        Perk commandLine = Perk.shell(Perk.INSTALLATION, "perk --version");
        assertEquals(launcher.out(), commandLine.out(), "both say the same");
    }

    @Test
    void helpNeedsNoBackendAndNoServer() throws Exception {
        List<String> classes = loaded(Perk.INSTALLATION, Map.of(), "--help");
        for (String needless : List.of("org.bytedeco.", "org.nd4j.", "org.eclipse.jetty.server.Server ",
                "org.h2.engine.SessionLocal ", "jdk.incubator.vector.", "ai.djl.")) {
            assertFalse(any(classes, needless), needless);
        }
    }

    @Test
    void aCommandDoesWithoutTheOthers() throws Exception {
        List<String> classes = loaded(Perk.INSTALLATION, Map.of(), "plugin", "--help");
        assertTrue(any(classes, "org.perk4j.commands.PluginCommand "), "the one that is called");
        assertFalse(any(classes, "org.perk4j.commands.AskCommand "), "another");
    }

    @Test
    void noBundleIsUnpacked() throws Exception {
        Path storage = folder.resolve("storage");
        Perk perk = Perk.run(Perk.INSTALLATION, Map.of("PERK_JAVA_OPTS", "-Dperk.storage=" + storage), "--help");
        assertEquals(0, perk.exitCode(), perk.err());
        try (Stream<Path> files = Files.walk(storage)) {
            List<Path> unpacked = files.filter(file -> file.toString().endsWith(".jar")).toList();
            assertEquals(List.of(), unpacked);
        }
    }

    @Test
    void classesComeFromTheArchiveThatTheFirstProcessLeft() throws Exception {
        Path installation = Perk.copy(folder.resolve("perk"));
        Map<String, String> cached = Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString());
        Path memory = folder.resolve("memory");
        Path text = Files.writeString(folder.resolve("text"), SixStudents.records(0, 2, 0));
        Perk encode = Perk.run(installation, cached, "encode", text.toString(), "-o", memory.toString(), "--force");
        assertEquals(0, encode.exitCode(), encode.err());
        assertFalse(encode.err().contains("dump"), encode.err());
        Path archive = onlyArchive();

        String[] ask = {"ask", memory.toString(), SixStudents.question(0)};
        String answer = Perk.run(installation, Map.of("PERK_JAVA_OPTS", "-Xshare:off"), ask).out();
        assertFalse(answer.isBlank());
        assertEquals(answer, Perk.run(installation, cached, ask).out());
        String[] onVectors = {"ask", memory.toString(), "--backend", "nd4j", SixStudents.question(0)};
        assertEquals(answer, Perk.run(installation, cached, onVectors).out());
        List<String> classes = loaded(installation, cached, onVectors);
        long archived = classes.stream().filter(line -> line.contains(ARCHIVED)).count();
        assertTrue(archived > 2000, archived + " of " + classes.size());
        for (String bundles : List.of("org.apache.felix.framework.Felix ", "org.perk4j.inference.OpenBase ",
                "org.bytedeco.javacpp.Loader ")) {
            assertTrue(classes.stream().anyMatch(line -> line.contains(bundles) && line.contains(ARCHIVED)), bundles);
        }

        // The vectors are compiled so late that a small model's answer is there before.
        assertTrue(any(classes, "jdk.incubator.vector."), "a backend that is named");
        assertFalse(any(loaded(installation, cached, ask), "jdk.incubator.vector."), "a small model's answer");

        // Where a bundle was replaced, the next process leaves another.
        Path jar = Served.jar(installation.resolve("bundles"), "org.perk4j.inference");
        Files.copy(jar, jar.resolveSibling("copy"));
        Files.move(jar.resolveSibling("copy"), jar, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
        assertEquals(answer, Perk.run(installation, cached, ask).out());
        assertFalse(archive.equals(onlyArchive()), "the earlier one is gone");
    }

    @Test
    void startsWithoutAFolderForArchives() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Perk perk = Perk.run(Perk.INSTALLATION, Map.of("XDG_CACHE_HOME", file.toString()), "plugins");
        assertEquals(0, perk.exitCode(), perk.err());

    }

    @Test
    void anArchiveThatWasDamagedIsFoundOutAndMadeAnew() throws Exception {
        Map<String, String> cached = Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString());
        Path text = Files.writeString(folder.resolve("text"), SixStudents.records(0, 1, 0));
        encode(cached, text, "first");
        Path archive = onlyArchive();
        byte[] whole = Files.readAllBytes(archive);
        byte[] changed = whole.clone();
        for (int i = whole.length / 2; i < whole.length / 2 + 4096; i++) {
            changed[i] ^= (byte) i;
        }
        for (byte[] damaged : List.of(Arrays.copyOf(whole, whole.length / 2), Arrays.copyOf(whole, whole.length - 1),
                changed, new byte[0], "no archive".repeat(10_000).getBytes(StandardCharsets.US_ASCII))) {
            Files.delete(archive);
            Files.write(archive, damaged);
            Perk perk = Perk.run(Perk.INSTALLATION, cached, "plugins");
            assertEquals(0, perk.exitCode(), perk.err());
            assertFalse(perk.err().contains("cds"), perk.err());
        }
        encode(cached, text, "second");
        assertEquals(archive, onlyArchive());
        List<String> classes = loaded(Perk.INSTALLATION, cached, "plugins");
        assertTrue(classes.stream().anyMatch(line -> line.contains(ARCHIVED)), "it is whole again");
    }

    private void encode(Map<String, String> environment, Path text, String memory) throws Exception {
        Perk encode = Perk.run(Perk.INSTALLATION, environment, "encode", text.toString(), "-o",
                folder.resolve(memory).toString(), "--force");
        assertEquals(0, encode.exitCode(), encode.err());
    }

    private Path onlyArchive() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache/perk4j/classes"))) {
            List<Path> all = files.sorted().toList();
            assertEquals(2, all.size(), all.toString());
            assertEquals(all.get(0) + ".cksum", all.get(1).toString(), "the checksum of the other");
            return all.get(0);
        }
    }

    /** @return a line for each class that a command loads: its name, a space, and where it is from */
    private List<String> loaded(Path installation, Map<String, String> environment, String... arguments) throws Exception {
        Path log = folder.resolve("classes.log");
        Map<String, String> logging = new HashMap<>(environment);
        logging.put("PERK_JAVA_OPTS", "-Xlog:class+load:file=" + log + ":none");
        Perk perk = Perk.run(installation, logging, arguments);
        assertEquals(0, perk.exitCode(), perk.err());
        return Files.readAllLines(log);
    }

    private static boolean any(List<String> classes, String start) {
        return classes.stream().anyMatch(line -> line.startsWith(start));
    }
}
