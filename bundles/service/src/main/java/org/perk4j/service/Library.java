package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;

/**
 * The memories of a service, by name: each a folder, of which those that were asked last are kept ready. A memory that is
 * replaced, deleted or no longer kept ready still ends what it began to answer. Thread-safe.
 */
final class Library implements AutoCloseable {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path folder;
    private final MemoryStore store;
    private final OpenBase base;
    private final int most;
    /** By name; whose turn it is to go comes first. */
    private final Map<String, Ready> ready = new LinkedHashMap<>(16, 0.75f, true);
    /** How often a memory was replaced or deleted. */
    private long changes;

    /** @param most memories that are kept ready */
    Library(Path folder, MemoryStore store, OpenBase base, int most) {
        this.folder = folder;
        this.store = store;
        this.base = base;
        this.most = most;
    }

    /** A memory that can be asked, until it is closed by all who have it. */
    final class Ready implements AutoCloseable {

        private final Memory memory;
        private final OpenBase.Recollection recollection;
        private int uses = 1;

        private Ready(Memory memory, OpenBase.Recollection recollection) {
            // What it holds is in the recollection.
            this.memory = new Memory(memory.adapterType(), memory.options(), memory.configuration(),
                    memory.baseFingerprint(), memory.provenance(), Map.of());
            this.recollection = recollection;
        }

        /** @return it, without its tensors */
        Memory memory() {
            return memory;
        }

        OpenBase.Recollection recollection() {
            return recollection;
        }

        private Ready used() {
            uses++;
            return this;
        }

        @Override
        public void close() {
            synchronized (Library.this) {
                uses--;
                if (uses > 0) {
                    return;
                }
            }
            recollection.close();
        }
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

    /** @return the memory as it is kept, with its tensors; empty if there is none of that name */
    Optional<Memory> read(String name) throws IOException {
        try {
            return has(name) ? Optional.of(store.read(folder.resolve(name))) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // deleted just now
        }
    }

    /** @return the memory of that name, to be closed; empty if there is none */
    Optional<Ready> open(String name) throws IOException {
        long before;
        synchronized (this) {
            before = changes;
            Ready found = ready.get(name);
            if (found != null) {
                return Optional.of(found.used());
            }
        }
        Optional<Memory> memory = read(name);
        if (memory.isEmpty()) {
            return Optional.empty();
        }
        Ready opened = new Ready(memory.get(), base.recall(memory.get()));
        Optional<Ready> gone = Optional.empty();
        synchronized (this) {
            if (changes == before && !ready.containsKey(name)) { // else it may be of yesterday: for this once
                gone = makeRoom();
                ready.put(name, opened.used());
            }
        }
        gone.ifPresent(Ready::close);
        return Optional.of(opened);
    }

    private Optional<Ready> makeRoom() {
        if (ready.size() < most) {
            return Optional.empty();
        }
        return Optional.of(ready.remove(ready.keySet().iterator().next()));
    }

    /** Takes the place of a memory that is to be written: {@link MemoryStore#reserve}. */
    MemoryStore.Place reserve(String name, boolean replace) throws IOException {
        Files.createDirectories(folder);
        return store.reserve(folder.resolve(name), replace);
    }

    /** Has the next who asks a memory read it anew. */
    void forget(String name) {
        Ready forgotten;
        synchronized (this) {
            changes++;
            forgotten = ready.remove(name);
        }
        if (forgotten != null) {
            forgotten.close();
        }
    }

    /** @return whether there was one */
    boolean delete(String name) throws IOException {
        if (!has(name)) {
            return false;
        }
        Path going = Files.createTempDirectory(folder, ".deleted-");
        AtomicFiles.move(folder.resolve(name), going.resolve("memory"));
        forget(name);
        AtomicFiles.deleteTree(going);
        return true;
    }

    @Override
    public void close() {
        List<Ready> all;
        synchronized (this) {
            all = List.copyOf(ready.values());
            ready.clear();
        }
        all.forEach(Ready::close);
    }
}
