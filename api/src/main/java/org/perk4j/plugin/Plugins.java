package org.perk4j.plugin;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The plugins that are running now. A service; thread-safe. */
@ProviderType
public interface Plugins {

    /**
     * Leases a plugin; of several with the same type, the one with the highest version. A lease keeps its instance, whatever
     * is installed, updated or removed meanwhile. If the plugin has just disappeared, which happens while it is being
     * replaced, this waits some seconds for it to return.
     *
     * @param kind the factory interface, such as {@code AdapterType.class}
     * @param type the service property {@value Plugin#TYPE}
     * @throws MissingPluginException if there is none; the message lists the types that exist, the most similar first, or
     *                                says why an installed one can't be used
     */
    <T> Lease<T> lease(Class<T> kind, String type);

    /** @return the types of a kind that are running now, in alphabetical order */
    List<String> types(Class<?> kind);
}
