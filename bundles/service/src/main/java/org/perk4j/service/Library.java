package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;

/** The memories of a service, by name: each a folder. Thread-safe. */
final class Library {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path folder;
    private final MemoryStore store;

    Library(Path folder, MemoryStore store) {
        this.folder = folder;
        this.store = store;
    }

    /** @return the names of all memories, sorted */
    List<String> names() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(Files::isDirectory).map(path -> path.getFileName().toString())
                    .filter(name -> NAME.matcher(name).matches()).sorted().toList();
        }
    }

    /** @throws ApiException if no memory may have that name */
    static String requireName(String name) throws ApiException {
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid("name", "a memory's name has 1 to 100 letters, digits, dots, hyphens or underscores, "
                    + "and begins with a letter or digit");
        }
        return name;
    }

    boolean has(String name) {
        return NAME.matcher(name).matches() && Files.isDirectory(folder.resolve(name));
    }

    /**
     * @return what equals itself as long as the memory's content is the same, whoever wrote it; empty if there is none of
     *         that name
     */
    Optional<Object> version(String name) throws IOException {
        if (!has(name)) {
            return Optional.empty();
        }
        Map<Path, Object> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder.resolve(name))) {
            for (Path file : all.toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                files.put(file, Arrays.asList(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey()));
            }
            return Optional.of(files);
        } catch (NoSuchFileException e) {
            return has(name) ? Optional.of(new Object()) : Optional.empty(); // it is being replaced, or was just deleted
        }
    }

    /** @return the memory as it is kept, with its tensors; empty if there is none of that name */
    Optional<Memory> read(String name) throws IOException {
        try {
            return has(name) ? Optional.of(store.read(folder.resolve(name))) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // deleted just now
        }
    }

    /** Takes the place of a memory that is to be written: {@link MemoryStore#reserve}. */
    MemoryStore.Place reserve(String name, boolean replace) throws IOException {
        Files.createDirectories(folder);
        return store.reserve(folder.resolve(name), replace);
    }

    /** @return whether there was one */
    boolean delete(String name) throws IOException {
        if (!has(name)) {
            return false;
        }
        Path going = Files.createTempDirectory(folder, ".deleted-");
        AtomicFiles.move(folder.resolve(name), going.resolve("memory"));
        AtomicFiles.deleteTree(going);
        return true;
    }
}
