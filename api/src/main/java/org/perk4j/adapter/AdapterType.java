package org.perk4j.adapter;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.Model;
import org.perk4j.plugin.Plugin;

/**
 * A family of adapters, such as LoRA. Published as a service with the property {@code type}. Thread-safe.
 *
 * @param <O> its options
 */
@ConsumerType
public interface AdapterType<O extends Record> extends Plugin<O> {

    /**
     * @param model that is adapted; the options say where
     * @throws IllegalArgumentException naming the key, if the options don't fit the model
     */
    Adapter create(O options, Model model);
}
