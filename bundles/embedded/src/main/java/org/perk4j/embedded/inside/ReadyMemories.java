package org.perk4j.embedded.inside;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;

/** The memories that were asked last, uploaded. Thread-safe. */
final class ReadyMemories implements AutoCloseable {

    private static final int MOST = 8;

    private final OpenBase base;
    private final Ready nothing;
    /** In the order in which they were asked; so few that they are searched. */
    private final List<Ready> kept = new ArrayList<>();

    ReadyMemories(OpenBase base) {
        this.base = base;
        this.nothing = new Ready(null, base.nothing());
    }

    /** A memory that can be asked, until it is closed by all who have it. */
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

    /** @return what the base knows by itself, to be closed */
    synchronized Ready nothing() {
        return nothing.used();
    }

    /** @return the memory, to be closed */
    Ready get(Memory memory) throws IOException {
        Optional<Ready> found = find(memory);
        return found.isPresent() ? found.get() : keep(new Ready(memory, base.recall(memory)));
    }

    /** The very same: to compare memories by their content would take longer than to upload one. */
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
