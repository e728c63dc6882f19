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

    /** @return the service's bundle and version, such as {@code org.perk4j.adapter.lora 0.1.0} */
    String bundle();

    /**
     * @return whether a new lease would get this plugin; still true for some seconds after the plugin disappeared, unless a
     *         better one came, because it may be being replaced
     */
    default boolean isCurrent() {
        return true;
    }

    /** Releases the service. Idempotent. */
    @Override
    void close();
}
