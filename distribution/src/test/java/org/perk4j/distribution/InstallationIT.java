package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may happen to an installation: plugins from others, missing bundles. */
class InstallationIT {

    @TempDir
    private Path folder;

    @Test
    void namesTheBundleThatLacksSomething() throws Exception {
        Path installation = Perk.copy(folder.resolve("perk"));
        delete(installation, "gson");
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(1, perk.exitCode());
        String message = perk.err().lines().filter(line -> line.startsWith("perk: ")).findFirst().orElse(perk.err());
        assertTrue(message.contains("org.perk4j.formats") && message.contains("com.google.gson"), perk.err());
        assertEquals("", perk.out());
    }

    @Test
    void saysThatItIsIncomplete() throws Exception {
        Path installation = Perk.copy(folder.resolve("perk"));
        delete(installation, "org.perk4j.commands");
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(1, perk.exitCode());
        assertTrue(perk.err().contains("no bundle here offers a command line"), perk.err());
    }

    @Test
    void saysWhatAPluginFromOthersLacks() throws Exception {
        Path installation = Perk.copy(folder.resolve("perk"));
        plugin(installation.resolve("plugins/other.jar"), Map.of("Import-Package", "com.example.absent"));
        Perk perk = Perk.run(installation, "plugins");
        assertEquals(0, perk.exitCode(), perk.err());
        String line = perk.out().lines().filter(row -> row.contains("com.example.other")).findFirst().orElse("");
        assertTrue(line.contains("unresolved") && line.contains("com.example.absent"), perk.out());
    }

    @Test
    void saysThatAPluginFromOthersPublishesNothing() throws Exception {
        Path installation = Perk.copy(folder.resolve("perk"));
        plugin(installation.resolve("plugins/other.jar"), Map.of());
        Perk perk = Perk.run(installation, "plugins");
        String line = perk.out().lines().filter(row -> row.contains("com.example.other")).findFirst().orElse("");
        assertTrue(line.contains("unsatisfied"), perk.out());
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Perk.run(Perk.INSTALLATION, Map.of("PERK_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary), "plugins");
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(0, left.filter(file -> !file.getFileName().toString().startsWith("hsperfdata")).count());
        }
    }

    private static void delete(Path installation, String bundle) throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("bundles"))) {
            for (Path file : files.filter(jar -> jar.getFileName().toString().startsWith(bundle)).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void plugin(Path jar, Map<String, String> headers) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "com.example.other");
        attributes.putValue("Provide-Capability", "perk4j.plugin;kind=adapter;type=other");
        headers.forEach(attributes::putValue);
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
    }
}
