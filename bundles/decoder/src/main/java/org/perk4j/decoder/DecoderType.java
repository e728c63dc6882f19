package org.perk4j.decoder;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;

/** A type of decoder-only models: implement {@link #architecture} and publish it as a {@link ModelType}. Thread-safe. */
@ConsumerType
public interface DecoderType extends ModelType {

    /**
     * @param config as for {@link #create}
     * @return the parts of the model
     * @throws IllegalArgumentException as {@link #create} does
     */
    Architecture architecture(Map<String, Object> config);

    @Override
    default Model create(Map<String, Object> config) {
        return architecture(config).model();
    }

    @Override
    default long weights(Map<String, Object> config) {
        return architecture(config).weights();
    }
}
