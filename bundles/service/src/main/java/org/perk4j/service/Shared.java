package org.perk4j.service;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A resource that several users share: it is closed once the last of them releases it. Its maker is the first user.
 * Thread-safe.
 *
 * @param <T> the type of the resource
 */
final class Shared<T> implements AutoCloseable {

    private final T value;
    private final Runnable end;
    private final AtomicInteger uses = new AtomicInteger(1);

    /** @param end closes the resource */
    Shared(T value, Runnable end) {
        this.value = value;
        this.end = end;
    }

    T get() {
        return value;
    }

    /** Adds a user. To be called by a user, so that the resource is not closed yet. */
    Shared<T> use() {
        uses.incrementAndGet();
        return this;
    }

    /** Removes a user. To be called once by each. */
    @Override
    public void close() {
        if (uses.decrementAndGet() == 0) {
            end.run();
        }
    }
}
