package org.perk4j.optimizer;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.plugin.Plugin;

/**
 * A family of inner optimizers, such as AdamW. Published as a service with the property {@code type}. Thread-safe.
 *
 * @param <O> its options
 */
@ConsumerType
public interface OptimizerType<O extends Record> extends Plugin<O> {

    /** @return the optimizer */
    InnerOptimizer create(O options);
}
