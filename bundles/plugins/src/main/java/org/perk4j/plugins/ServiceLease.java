package org.perk4j.plugins;

import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.perk4j.plugin.Lease;

/** Holds on to one service until closed. */
final class ServiceLease<T> implements Lease<T> {

    private final BundleContext context;
    private final ServiceReference<T> reference;
    private final T service;
    private final AtomicBoolean open = new AtomicBoolean(true);

    ServiceLease(BundleContext context, ServiceReference<T> reference, T service) {
        this.context = context;
        this.reference = reference;
        this.service = service;
    }

    @Override
    public T get() {
        if (!open.get()) {
            throw new IllegalStateException("this lease is closed");
        }
        return service;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            try {
                context.ungetService(reference);
            } catch (IllegalStateException alreadyGivenBack) {
                // The framework is stopping, or this bundle was updated: then it has done so by itself.
            }
        }
    }
}
