package org.perk4j.plugin;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The right to use a service until it is closed.
 *
 * @param <T> the service's interface
 */
@ProviderType
public interface Lease<T> extends AutoCloseable {

    /** @return the service, always the same instance */
    T get();

    /** Gives the service back. Idempotent. */
    @Override
    void close();
}
