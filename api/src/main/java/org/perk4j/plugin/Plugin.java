package org.perk4j.plugin;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A factory that a plugin publishes as a service. A job picks it by the service property {@value #TYPE}
 * ({@code "adapter": {"type": "lora", "rank": 16}}); the remaining keys there fill a record of options. {@link Provides} on
 * the class sets the property and announces the plugin in the bundle's manifest.
 *
 * @param <O> the options: a public record whose components, of type {@code int}, {@code long}, {@code double},
 *            {@code boolean}, {@link String}, an enum, a {@code List} of strings, or another such record, are the allowed
 *            keys; each may carry an {@link Option}
 */
@ConsumerType
public interface Plugin<O extends Record> {

    /** The service property that names the plugin within its kind. */
    String TYPE = "type";

    /** The capability namespace of plugins. */
    String NAMESPACE = "perk4j.plugin";

    /** @return the class of the options, which defines the keys that a job may set */
    Class<O> options();
}
