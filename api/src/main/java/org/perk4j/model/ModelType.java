package org.perk4j.model;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A family of models. Published as a service with the property {@code type} equal to {@code model_type} in Hugging Face's
 * {@code config.json} ({@code gpt2}, {@code qwen2}, {@code llama}). Thread-safe.
 */
@ConsumerType
public interface ModelType {

    /**
     * @param config the content of {@code config.json}: numbers as {@link Double}, keys that this model doesn't know are
     *               ignored
     * @throws IllegalArgumentException naming the key, if one is missing or has a value that this model can't serve
     */
    Model create(Map<String, Object> config);

    /**
     * A configuration may ask for more than any machine holds: this is asked before {@link #create}. Override it where it
     * can be known without making the model.
     *
     * @param config as for {@link #create}
     * @return how many weights the model has; {@link Long#MAX_VALUE} if more than that
     * @throws IllegalArgumentException naming the key, if one is missing or has a value that this model can't serve
     */
    default long weights(Map<String, Object> config) {
        return create(config).parameters().stream().mapToLong(parameter -> parameter.shape().size()).sum();
    }
}
