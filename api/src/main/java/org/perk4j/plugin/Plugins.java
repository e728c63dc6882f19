package org.perk4j.plugin;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The plugins that are running now. A service; thread-safe. */
@ProviderType
public interface Plugins {

    /**
     * Takes a plugin into use: of those of its type that of the highest version. Whoever holds the lease goes on with the
     * same instance, whatever is installed, updated or removed meanwhile. One that went away just now is waited for, as it
     * may be on its way back: for seconds at most.
     *
     * @param kind the factory interface, such as {@code AdapterType.class}
     * @param type the service property {@value Plugin#TYPE}
     * @throws MissingPluginException if there is none; the message lists the types that there are, the nearest first, or
     *                                says why one that is installed can't be used
     */
    <T> Lease<T> lease(Class<T> kind, String type);

    /** @return the types of a kind that are running now, in alphabetical order */
    List<String> types(Class<?> kind);
}
