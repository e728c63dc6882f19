package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;

/**
 * Files or folders, named by the fingerprint of their content, so that equal content is stored once. Each is kept as long as
 * it has users, which are counted. Thread-safe.
 */
final class Contents {

    private final Path folder;
    private final UnaryOperator<String> name;
    /** The number of users, by name. */
    private final Map<String, Integer> needs = new HashMap<>();

    /** @param name of the file of what has that fingerprint */
    Contents(Path folder, UnaryOperator<String> name) {
        this.folder = folder;
        this.name = name;
    }

    Path path(String digest) {
        return folder.resolve(name.apply(digest));
    }

    /** Adds a user; may be called before the content is stored. */
    synchronized void need(String digest) {
        needs.merge(digest, 1, Integer::sum);
    }

    /** Removes a user; content without users is deleted. */
    synchronized void release(String digest) throws IOException {
        if (needs.merge(digest, -1, (before, less) -> before == 1 ? null : before - 1) == null) {
            AtomicFiles.deleteTree(path(digest));
        }
    }

    /** Moves content here from where it was written, unless it is here already. It must have a user. */
    synchronized void adopt(Path written, String digest) throws IOException {
        if (Files.exists(path(digest))) {
            AtomicFiles.deleteTree(written);
        } else {
            AtomicFiles.move(written, path(digest));
        }
    }

    /** Deletes all content without users, which a killed process left. */
    synchronized void sweep() throws IOException {
        Files.createDirectories(folder);
        Set<String> needed = needs.keySet().stream().map(name).collect(Collectors.toSet());
        try (Stream<Path> found = Files.list(folder)) {
            List<Path> orphans = found.filter(path -> !needed.contains(path.getFileName().toString())).toList();
            for (Path orphan : orphans) {
                AtomicFiles.deleteTree(orphan);
            }
        }
    }
}
