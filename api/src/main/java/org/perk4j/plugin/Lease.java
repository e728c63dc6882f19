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

    /**
     * @return whether who asks for the plugin now would get this one; also, for some seconds, if it went away and nothing
     *         better came, as it may be on its way back
     */
    default boolean isCurrent() {
        return true;
    }

    /** Gives the service back. Idempotent. */
    @Override
    void close();
}
