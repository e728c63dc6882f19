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
 * Files, or folders, named by the fingerprint of what they hold, so that what is the same is kept once. Each stays as long
 * as somebody needs it. Thread-safe.
 */
final class Contents {

    private final Path folder;
    private final UnaryOperator<String> name;
    /** How many need each. */
    private final Map<String, Integer> needs = new HashMap<>();

    /** @param name of the file of what has that fingerprint */
    Contents(Path folder, UnaryOperator<String> name) {
        this.folder = folder;
        this.name = name;
    }

    Path path(String digest) {
        return folder.resolve(name.apply(digest));
    }

    /** For one more, who may ask before it is there. */
    synchronized void need(String digest) {
        needs.merge(digest, 1, Integer::sum);
    }

    /** For one less: the last deletes it. */
    synchronized void release(String digest) throws IOException {
        if (needs.merge(digest, -1, (before, less) -> before == 1 ? null : before - 1) == null) {
            AtomicFiles.deleteTree(path(digest));
        }
    }

    /** Puts it here from where it was written, unless it is here. It must be needed already. */
    synchronized void adopt(Path written, String digest) throws IOException {
        if (Files.exists(path(digest))) {
            AtomicFiles.deleteTree(written);
        } else {
            AtomicFiles.move(written, path(digest));
        }
    }

    /** Deletes what nobody needs: what a process left that was killed. */
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
