package org.perk4j.service;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What several use at a time: it is closed when the last of them is done with it. Whoever makes it uses it. Thread-safe.
 *
 * @param <T> what it is
 */
final class Shared<T> implements AutoCloseable {

    private final T value;
    private final Runnable end;
    private final AtomicInteger uses = new AtomicInteger(1);

    /** @param end closes it */
    Shared(T value, Runnable end) {
        this.value = value;
        this.end = end;
    }

    T get() {
        return value;
    }

    /** For one more, to be called by who uses it: then it can't be closed yet. */
    Shared<T> use() {
        uses.incrementAndGet();
        return this;
    }

    /** To be called once by each who uses it. */
    @Override
    public void close() {
        if (uses.decrementAndGet() == 0) {
            end.run();
        }
    }
}
