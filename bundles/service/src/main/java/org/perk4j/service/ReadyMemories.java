package org.perk4j.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;

/**
 * The memories that an open base keeps ready: those that were asked last. A memory that is removed, since it or its plugin
 * was replaced or deleted or there is no room for it, still completes the answers that it began. Thread-safe.
 */
final class ReadyMemories implements AutoCloseable {

    private final Library library;
    private final OpenBase base;
    private final int most;
    /** By name, in the order in which they were last asked. */
    private final Map<String, Ready> ready = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /**
     * A memory that can be asked, until all who use it have closed it.
     *
     * @param version of its content
     * @param memory  without its tensors, which the recollection has
     */
    record Ready(String version, Memory memory, OpenBase.Recollection recollection) implements AutoCloseable {

        /** For one more. */
        private Ready use() {
            recollection.use();
            return this;
        }

        @Override
        public void close() {
            recollection.close();
        }
    }

    /** @param most the most memories that are kept ready */
    ReadyMemories(Library library, OpenBase base, int most) {
        this.library = library;
        this.base = base;
        this.most = most;
    }

    /** @return the memory of that name as it is now, to be closed; empty if there is none */
    Optional<Ready> open(String name) throws IOException {
        Optional<String> version = library.version(name);
        if (version.isEmpty()) {
            return Optional.empty();
        }
        synchronized (this) {
            Ready found = ready.get(name);
            if (found != null && isCurrent(found, version)) {
                return Optional.of(found.use());
            }
        }
        Optional<Memory> memory = library.read(name); // perhaps a newer version: then the next question reads it again
        if (memory.isEmpty()) {
            return Optional.empty();
        }
        Ready opened = opened(version.get(), memory.get());
        keep(name, opened).forEach(Ready::close);
        return Optional.of(opened);
    }

    /** @return how many are kept ready */
    synchronized int count() {
        return ready.size();
    }

    private static boolean isCurrent(Ready memory, Optional<String> version) {
        return version.equals(Optional.of(memory.version)) && memory.recollection.isCurrent();
    }

    private Ready opened(String version, Memory memory) throws IOException {
        OpenBase.Recollection recollection = base.recall(memory);
        return new Ready(version, new Memory(memory.adapterType(), memory.options(), memory.configuration(),
                memory.baseFingerprint(), memory.provenance(), Map.of()), recollection);
    }

    /** @return the memories that were removed to make room */
    private synchronized List<Ready> keep(String name, Ready opened) {
        List<Ready> gone = new ArrayList<>();
        if (closed) {
            return gone;
        }
        Ready before = ready.put(name, opened.use());
        if (before != null) {
            gone.add(before);
        }
        if (ready.size() > most) {
            gone.add(ready.remove(ready.keySet().iterator().next()));
        }
        return gone;
    }

    /** @return whether a memory is kept ready */
    synchronized boolean has(String name) {
        return ready.containsKey(name);
    }

    /** Removes a memory. */
    void unload(String name) {
        Ready unloaded;
        synchronized (this) {
            unloaded = ready.remove(name);
        }
        if (unloaded != null) {
            unloaded.close();
        }
    }

    /** Removes the memories that were replaced or deleted, and those whose plugins were. */
    void forgetStale() {
        Map<String, Ready> all;
        synchronized (this) {
            all = new LinkedHashMap<>(ready);
        }
        for (Map.Entry<String, Ready> each : all.entrySet()) {
            boolean forgotten = !isCurrent(each.getValue(), library.version(each.getKey()));
            synchronized (this) {
                forgotten = forgotten && ready.remove(each.getKey(), each.getValue());
            }
            if (forgotten) {
                each.getValue().close();
            }
        }
    }

    @Override
    public void close() {
        List<Ready> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(ready.values());
            ready.clear();
        }
        all.forEach(Ready::close);
    }
}
