package org.perk4j.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder where the framework unpacks what it can't use in place. A temporary one is gone when the process is. */
final class Storage implements AutoCloseable {

    private final Path folder;
    private final Thread cleaning;

    private Storage(Path folder, boolean temporary) {
        this.folder = folder;
        this.cleaning = temporary ? new Thread(this::delete, "perk storage") : null;
    }

    /** @param folder where it shall be, and stay; null for a temporary one */
    static Storage open(String folder) throws IOException {
        if (folder != null) {
            return new Storage(Files.createDirectories(Path.of(folder)), false);
        }
        Storage storage = new Storage(Files.createTempDirectory("perk-"), true);
        Runtime.getRuntime().addShutdownHook(storage.cleaning); // for a process that is interrupted
        return storage;
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        if (cleaning != null) {
            delete();
        }
    }

    private void delete() {
        try (Stream<Path> tree = Files.walk(folder)) {
            List<Path> leavesFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : leavesFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // It is a temporary folder: the system cleans up what is left of it.
        }
    }
}
