package org.perk4j.memory.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.IOConsumer;
import org.perk4j.formats.Json;

/**
 * The files of a memory: PEFT's, which the manifest covers, and the manifest.
 *
 * <p>Java has no atomic exchange of folders, but one of files, so a memory is replaced by replacing its manifest. By then
 * the other files of the new version exist in a subfolder that is named after the version; afterwards they are moved to
 * their places. A reader looks in that folder first. Readers neither write nor wait, and files that one has opened stay
 * unchanged.
 *
 * @param path the folder
 */
record MemoryFolder(Path path) {

    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";
    static final String MANIFEST = "perk4j.json";
    static final List<String> COVERED = List.of(CONFIG, TENSORS);

    private static final Set<String> FILES = Set.of(CONFIG, TENSORS, MANIFEST);
    private static final String VERSION = ".perk4j-";
    private static final Pattern VERSIONS = Pattern.compile(Pattern.quote(VERSION) + "[0-9a-f-]{36}");

    /** Opens or reads a file. */
    @FunctionalInterface
    interface Opener<T> {

        T open(Path file) throws IOException;
    }

    /** Opens the file of a version. */
    <T> T open(String version, String name, Opener<T> opener) throws IOException {
        try {
            return opener.open(version(version).resolve(name));
        } catch (NoSuchFileException e) { // the usual case: it was moved to its place
            return opener.open(path.resolve(name));
        }
    }

    private Path version(String version) {
        return path.resolve(VERSION + version);
    }

    /** @return the names of files that are not a memory's; empty if there are none */
    List<String> foreign() throws IOException {
        return content().stream()
                .filter(file -> !FILES.contains(name(file)) && !isVersion(file) && !AtomicFiles.isTemporary(file))
                .map(MemoryFolder::name).toList();
    }

    boolean holds(String name) {
        return Files.exists(path.resolve(name));
    }

    boolean isEmpty() throws IOException {
        return content().isEmpty();
    }

    /**
     * Writes a version, replacing the current one if there is one. Not for use by several processes at once.
     *
     * @param body writes all files, including the manifest, into the empty folder that it is given
     */
    void write(String version, IOConsumer<Path> body) throws IOException {
        if (Files.notExists(path) || isEmpty()) {
            AtomicFiles.writeFolder(path, body);
            return;
        }
        settle();
        Path next = version(version);
        AtomicFiles.writeFolder(next, body);
        AtomicFiles.move(next.resolve(MANIFEST), path.resolve(MANIFEST)); // from here on this version is the memory
        settle();
    }

    /** Moves the files of the manifest's version to their places, and deletes versions that were never completed. */
    private void settle() throws IOException {
        AtomicFiles.deleteLeftovers(path, name -> VERSIONS.matcher(name).matches());
        String current = currentVersion();
        for (Path version : content().stream().filter(MemoryFolder::isVersion).toList()) {
            if (name(version).equals(VERSION + current)) {
                for (Path file : new MemoryFolder(version).content()) {
                    AtomicFiles.move(file, path.resolve(file.getFileName()));
                }
            }
            AtomicFiles.deleteTree(version);
        }
    }

    private String currentVersion() throws IOException {
        try {
            return String.valueOf(Json.readObject(path.resolve(MANIFEST)).get("version"));
        } catch (FileFormatException e) {
            return "none"; // a damaged memory may be replaced too
        }
    }

    private static boolean isVersion(Path file) {
        return VERSIONS.matcher(name(file)).matches();
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private List<Path> content() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.sorted().toList();
        }
    }
}
