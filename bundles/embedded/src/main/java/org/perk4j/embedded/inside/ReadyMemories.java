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
    private final Ready nothing;
    /** In the order in which they were asked last; few enough for a linear search. */
    private final List<Ready> kept = new ArrayList<>();

    ReadyMemories(OpenBase base) {
        this.base = base;
        this.nothing = new Ready(null, base.nothing());
    }

    /** A loaded memory, which is freed when all its users have closed it. */
    final class Ready implements AutoCloseable {

        private final Memory memory;
        private final OpenBase.Recollection recollection;
        private int uses = 1;

        private Ready(Memory memory, OpenBase.Recollection recollection) {
            this.memory = memory;
            this.recollection = recollection;
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
            synchronized (ReadyMemories.this) {
                uses--;
                if (uses > 0) {
                    return;
                }
            }
            recollection.close();
        }
    }

    /** @return the empty memory, to be closed by the caller */
    synchronized Ready nothing() {
        return nothing.used();
    }

    /** @return the loaded memory, to be closed by the caller */
    Ready get(Memory memory) throws IOException {
        Optional<Ready> found = find(memory);
        return found.isPresent() ? found.get() : keep(new Ready(memory, base.recall(memory)));
    }

    /** Finds the same object: comparing memories by content would take longer than uploading one. */
    private synchronized Optional<Ready> find(Memory memory) {
        Optional<Ready> found = kept.stream().filter(ready -> ready.memory == memory).findFirst();
        found.ifPresent(ready -> {
            kept.remove(ready);
            kept.add(ready.used());
        });
        return found;
    }

    private Ready keep(Ready opened) {
        Optional<Ready> oldest;
        synchronized (this) {
            kept.add(opened.used());
            oldest = kept.size() > MOST ? Optional.of(kept.remove(0)) : Optional.empty();
        }
        oldest.ifPresent(Ready::close);
        return opened;
    }

    @Override
    public void close() {
        List<Ready> all;
        synchronized (this) {
            all = List.copyOf(kept);
            kept.clear();
        }
        all.forEach(Ready::close);
    }
}
