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
 * The memories that an open base keeps ready: those that were asked last. One that is replaced, deleted, read by a plugin
 * that was replaced or no longer kept ready still ends what it began to answer. Thread-safe.
 */
final class ReadyMemories implements AutoCloseable {

    private final Library library;
    private final OpenBase base;
    private final int most;
    /** By name; whose turn it is to go comes first. */
    private final Map<String, Shared<Ready>> ready = new LinkedHashMap<>(16, 0.75f, true);
    /** How often a memory was replaced or deleted. */
    private long changes;

    /**
     * A memory that can be asked.
     *
     * @param memory without its tensors: what it holds is in the recollection
     */
    record Ready(Memory memory, OpenBase.Recollection recollection) {
    }

    /** @param most memories that are kept ready */
    ReadyMemories(Library library, OpenBase base, int most) {
        this.library = library;
        this.base = base;
        this.most = most;
    }

    /** @return the memory of that name, to be closed; empty if there is none */
    Optional<Shared<Ready>> open(String name) throws IOException {
        List<Shared<Ready>> gone = new ArrayList<>();
        try {
            long before;
            synchronized (this) {
                before = changes;
                Shared<Ready> found = ready.get(name);
                if (found != null && found.get().recollection.isCurrent()) {
                    return Optional.of(found.use());
                }
                if (found != null) {
                    gone.add(ready.remove(name));
                }
            }
            Optional<Memory> memory = library.read(name);
            if (memory.isEmpty()) {
                return Optional.empty();
            }
            Shared<Ready> opened = opened(memory.get());
            synchronized (this) {
                if (changes == before && !ready.containsKey(name)) { // else it may be of yesterday: for this once
                    if (ready.size() == most) {
                        gone.add(ready.remove(ready.keySet().iterator().next()));
                    }
                    ready.put(name, opened.use());
                }
            }
            return Optional.of(opened);
        } finally {
            gone.forEach(Shared::close);
        }
    }

    private Shared<Ready> opened(Memory memory) throws IOException {
        OpenBase.Recollection recollection = base.recall(memory);
        return new Shared<>(new Ready(new Memory(memory.adapterType(), memory.options(), memory.configuration(),
                memory.baseFingerprint(), memory.provenance(), Map.of()), recollection), recollection::close);
    }

    /** Has the next who asks a memory read it anew. */
    void forget(String name) {
        Shared<Ready> forgotten;
        synchronized (this) {
            changes++;
            forgotten = ready.remove(name);
        }
        if (forgotten != null) {
            forgotten.close();
        }
    }

    /** Lets go of those that a plugin reads which was replaced or went away. */
    void forgetStale() {
        List<Shared<Ready>> stale;
        synchronized (this) {
            stale = ready.values().stream().filter(memory -> !memory.get().recollection.isCurrent()).toList();
            ready.values().removeAll(stale);
        }
        stale.forEach(Shared::close);
    }

    @Override
    public void close() {
        List<Shared<Ready>> all;
        synchronized (this) {
            changes++;
            all = List.copyOf(ready.values());
            ready.clear();
        }
        all.forEach(Shared::close);
    }
}
