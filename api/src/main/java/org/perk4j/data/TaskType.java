package org.perk4j.data;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.plugin.Plugin;

/**
 * A family of tasks, generated or read from files. Published as a service with the property {@code type}. Thread-safe.
 *
 * @param <O> its options
 */
@ConsumerType
public interface TaskType<O extends Record> extends Plugin<O> {

    /**
     * @param tokenizer the base model's, for what is measured in tokens; open for as long as episodes are asked for
     * @throws IllegalArgumentException naming file, place and remedy, if the options name data that can't be read
     */
    TaskSource create(O options, Tokenizer tokenizer);
}
