package org.perk4j.plugins;

import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.framework.Version;
import org.perk4j.plugin.Lease;

/** Holds on to one service until closed. */
final class ServiceLease<T> implements Lease<T> {

    private final T service;
    private final Version version;
    private final Runnable giveBack;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** @param version that of the service's bundle */
    ServiceLease(T service, Version version, Runnable giveBack) {
        this.service = service;
        this.version = version;
        this.giveBack = giveBack;
    }

    @Override
    public T get() {
        if (!open.get()) {
            throw new IllegalStateException("this lease is closed");
        }
        return service;
    }

    Version version() {
        return version;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            giveBack.run();
        }
    }
}
