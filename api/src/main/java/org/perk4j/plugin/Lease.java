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

    /** @return the bundle that it comes from and its version, such as {@code org.perk4j.adapter.lora 0.1.0} */
    String bundle();

    /** Gives the service back. Idempotent. */
    @Override
    void close();
}
