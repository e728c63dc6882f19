package org.perk4j.adapter;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.Site;
import org.perk4j.plugin.Plugin;

/**
 * A family of adapters, such as LoRA. Published as a service with the property {@code type}. Thread-safe.
 *
 * @param <O> its options
 */
@ConsumerType
public interface AdapterType<O extends Record> extends Plugin<O> {

    /**
     * @param sites all sites of the model; the options say which of them are adapted
     * @throws IllegalArgumentException if the options fit none of the sites
     */
    Adapter create(O options, List<Site> sites);
}
