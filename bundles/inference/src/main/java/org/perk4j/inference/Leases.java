package org.perk4j.inference;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a piece of work has opened; closed together, the last first. */
public final class Leases implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** @return {@code opened}, which is closed with this */
    public <T extends AutoCloseable> T add(T opened) {
        open.push(opened);
        return opened;
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                failure = e;
            } catch (Exception e) {
                failure = new IllegalStateException(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
