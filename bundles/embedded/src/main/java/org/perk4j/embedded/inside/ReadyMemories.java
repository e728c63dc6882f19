package org.perk4j.embedded.inside;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;

/** The memories that were asked last, loaded. Thread-safe. */
final class ReadyMemories implements AutoCloseable {

    private static final int MOST = 8;

    private final OpenBase base;
    /** In the order in which they were asked last; few enough for a linear search. */
    private final List<Ready> kept = new ArrayList<>();

    ReadyMemories(OpenBase base) {
        this.base = base;
    }

    /** A memory, and as it is loaded. */
    private record Ready(Memory memory, OpenBase.Recollection recollection) {
    }

    /** @return the loaded memory, to be closed by the caller */
    OpenBase.Recollection get(Memory memory) throws IOException {
        Optional<OpenBase.Recollection> found = find(memory);
        return found.isPresent() ? found.get() : keep(new Ready(memory, base.recall(memory)));
    }

    /** Finds the same object: comparing memories by content would take longer than uploading one. */
    private synchronized Optional<OpenBase.Recollection> find(Memory memory) {
        Optional<Ready> found = kept.stream().filter(ready -> ready.memory == memory).findFirst();
        found.ifPresent(ready -> {
            kept.removeIf(each -> each.memory == memory);
            kept.add(ready);
        });
        return found.map(ready -> ready.recollection.use());
    }

    private OpenBase.Recollection keep(Ready opened) {
        Optional<Ready> oldest;
        synchronized (this) {
            opened.recollection.use();
            kept.add(opened);
            oldest = kept.size() > MOST ? Optional.of(kept.remove(0)) : Optional.empty();
        }
        oldest.ifPresent(ready -> ready.recollection.close());
        return opened.recollection;
    }

    @Override
    public void close() {
        List<Ready> all;
        synchronized (this) {
            all = List.copyOf(kept);
            kept.clear();
        }
        all.forEach(ready -> ready.recollection.close());
    }
}
