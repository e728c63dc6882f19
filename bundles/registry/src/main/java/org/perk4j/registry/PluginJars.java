package org.perk4j.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.formats.Spelling;

/**
 * The folder that a running Perk4J watches for third-party plugins. Jars are written into it as a whole or not at all.
 *
 * @param path the folder
 */
public record PluginJars(Path path) {

    private static final String JAR = ".jar";

    /**
     * Installs a jar, replacing others of the same bundle.
     *
     * @param bundle the jar's bundle
     * @return the files that were replaced
     * @throws IOException naming the file that has the name already, or that can't be written
     */
    public List<Path> install(Path jar, String bundle) throws IOException {
        return install(InputFiles.read(jar), jar.getFileName().toString(), bundle);
    }

    /**
     * Like {@link #install(Path, String)}.
     *
     * @param name the file's name
     */
    public List<Path> install(byte[] content, String name, String bundle) throws IOException {
        Path target = path.resolve(name.endsWith(JAR) ? name : name + JAR);
        List<Path> before = filesOf(bundle);
        if (Files.exists(target) && !before.contains(target)) {
            throw new IOException(target + ": another bundle's jar has this name: rename yours");
        }
        Files.createDirectories(path);
        Path temporary = path.resolve(target.getFileName() + ".part");
        try {
            Files.write(temporary, content);
            AtomicFiles.move(temporary, target);
        } catch (IOException e) {
            throw new NotWrittenException(target, e);
        } finally {
            Files.deleteIfExists(temporary);
        }
        for (Path old : before) {
            if (!old.equals(target)) {
                Files.delete(old);
            }
        }
        return before;
    }

    /**
     * Removes the jars of a bundle.
     *
     * @param name the name of the bundle or of its file
     * @return the files that were removed
     * @throws IllegalArgumentException if there is none of that name; the message lists the existing ones
     */
    public List<Path> remove(String name) throws IOException {
        List<Path> files = new ArrayList<>(filesOf(name));
        Path file = path.resolve(name).normalize();
        if (files.isEmpty() && path.normalize().equals(file.getParent()) && Files.isRegularFile(file)) {
            files.add(file);
        }
        if (files.isEmpty()) {
            List<String> names = jars().stream().map(PluginJars::bundle).distinct().toList();
            throw new IllegalArgumentException("no plugin \"" + name + "\" in " + path + (names.isEmpty()
                    ? ", which is empty"
                    : ": there are " + String.join(", ", Spelling.byDistance(name, names))));
        }
        for (Path jar : files) {
            Files.delete(jar);
        }
        return files;
    }

    /** @return the jars of a bundle: one, or several if they were copied there by other means */
    public List<Path> filesOf(String bundle) throws IOException {
        return jars().stream().filter(jar -> bundle.equals(bundle(jar))).toList();
    }

    private List<Path> jars() throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.toString().endsWith(JAR) && Files.isRegularFile(file)).sorted().toList();
        }
    }

    /** @return the name of a jar's bundle, or of the file if it is not a bundle */
    private static String bundle(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            String name = manifest == null ? null : manifest.getMainAttributes().getValue("Bundle-SymbolicName");
            return name == null ? jar.getFileName().toString() : name.replaceFirst(";.*", "").strip();
        } catch (IOException | IllegalArgumentException | SecurityException e) { // the latter two: malformed entries
            return jar.getFileName().toString(); // damaged: it can be removed by its file's name
        }
    }
}
