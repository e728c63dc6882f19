package org.perk4j.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginJarsTest {

    @TempDir
    private Path temporary;

    private Path folder;
    private PluginJars jars;

    @BeforeEach
    void open() {
        folder = temporary.resolve("plugins");
        jars = new PluginJars(folder);
    }

    @Test
    void whatIsInstalledIsThere() throws IOException {
        Path jar = jar("one-1.jar", "one");
        assertEquals(List.of(), jars.install(jar, "one"));
        assertArrayEquals(Files.readAllBytes(jar), Files.readAllBytes(folder.resolve("one-1.jar")));
        assertArrayEquals(new String[] {"one-1.jar"}, folder.toFile().list());
    }

    @Test
    void anotherVersionTakesThePlaceOfTheOld() throws IOException {
        jars.install(jar("one-1.jar", "one;singleton:=true"), "one");
        jars.install(jar("two.jar", "two"), "two");
        assertEquals(List.of(folder.resolve("one-1.jar")), jars.install(jar("one-2.jar", "one"), "one"));
        assertEquals(List.of(folder.resolve("one-2.jar")), jars.filesOf("one"));
        assertEquals(List.of(folder.resolve("two.jar")), jars.filesOf("two"));
    }

    @Test
    void anotherBundleIsNotOverwritten() throws IOException {
        jars.install(jar("same.jar", "one"), "one");
        Path other = jar("same.jar", "two");
        String message = assertThrows(IOException.class, () -> jars.install(other, "two")).getMessage();
        assertEquals(folder.resolve("same.jar") + ": another bundle's jar has this name: rename yours", message);
        assertEquals(List.of(folder.resolve("same.jar")), jars.filesOf("one"));
    }

    @Test
    void isRemovedByTheNameOfItsBundleOrFile() throws IOException {
        jars.install(jar("one-1.jar", "one"), "one");
        assertEquals(List.of(folder.resolve("one-1.jar")), jars.remove("one"));
        Files.writeString(folder.resolve("junk.jar"), "no jar");
        assertEquals(List.of(folder.resolve("junk.jar")), jars.remove("junk.jar"));
        assertEquals(0, folder.toFile().list().length);
    }

    @Test
    void nothingOutsideIsRemoved() throws IOException {
        jars.install(jar("one-1.jar", "com.example.one"), "com.example.one");
        Path outside = jar("outside.jar", "outside");
        String message = assertThrows(IllegalArgumentException.class, () -> jars.remove("../outside.jar")).getMessage();
        assertEquals("no plugin \"../outside.jar\" in " + folder + ": there are com.example.one", message);
        assertEquals(true, Files.exists(outside));
    }

    private Path jar(String file, String bundle) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", bundle);
        Path jar = temporary.resolve(file);
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }
}
