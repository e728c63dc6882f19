package org.perk4j.plugin;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a plugin publishes: a factory service with the service property {@value #TYPE}, by which a job file picks it
 * ({@code "adapter": {"type": "lora", "rank": 16}}). The remaining keys there fill a record of options. {@link Provides} on
 * its class gives it that property, and announces it in the bundle's manifest.
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

    /** @return the class of the options, which says what keys a job file may use */
    Class<O> options();
}
