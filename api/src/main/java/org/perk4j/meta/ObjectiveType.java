package org.perk4j.meta;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.plugin.Plugin;

/**
 * A family of meta-objectives, such as PERK's. Published as a service with the property {@code type}. Thread-safe.
 *
 * @param <O> its options
 */
@ConsumerType
public interface ObjectiveType<O extends Record> extends Plugin<O> {

    /** @return the objective */
    MetaObjective create(O options);
}
