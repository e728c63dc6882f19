package org.perk4j.registry;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.Version;
import org.perk4j.plugin.Lease;

/** Holds one service until closed. */
final class ServiceLease<T> implements Lease<T> {

    private final T service;
    private final String bundle;
    private final Version version;
    private final BooleanSupplier current;
    private final Runnable giveBack;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /**
     * @param bundle  the bundle of the service
     * @param current whether a new lease would be on the same service
     */
    ServiceLease(T service, Bundle bundle, BooleanSupplier current, Runnable giveBack) {
        this.service = service;
        this.bundle = bundle.getSymbolicName();
        this.version = bundle.getVersion();
        this.current = current;
        this.giveBack = giveBack;
    }

    @Override
    public T get() {
        if (!open.get()) {
            throw new IllegalStateException("this lease is closed");
        }
        return service;
    }

    @Override
    public String bundle() {
        return bundle + " " + version;
    }

    @Override
    public boolean isCurrent() {
        return current.getAsBoolean();
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
