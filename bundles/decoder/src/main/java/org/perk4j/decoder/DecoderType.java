package org.perk4j.decoder;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;

/** A family of decoders: implement {@link #architecture}, and publish the result as a {@link ModelType}. Thread-safe. */
@ConsumerType
public interface DecoderType extends ModelType {

    /**
     * @param config as for {@link #create}
     * @return what the model is made of
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
