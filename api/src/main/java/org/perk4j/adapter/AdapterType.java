package org.perk4j.adapter;

import java.util.Map;
import java.util.Optional;
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
     * @param model the model to adapt; the options say where
     * @throws IllegalArgumentException naming the key, if the options don't fit the model
     */
    Adapter create(O options, Model model);

    /**
     * Reads the configuration of an adapter that Hugging Face PEFT saved. Its tensors are those that {@link
     * Adapter#parameters()} names.
     *
     * @param configuration the content of {@code adapter_config.json}: numbers as {@link Double}
     * @return the options with which {@link #create} makes the same adapter; empty if it is of another type
     * @throws IllegalArgumentException beginning with the key, if it is of this type but can't be applied as in PEFT
     */
    default Optional<O> ofPeft(Map<String, Object> configuration) {
        return Optional.empty();
    }
}
