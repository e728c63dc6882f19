package org.perk4j.embedded;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Opens base models. A service of the framework, by which {@link Perk} does so; thread-safe. */
@ProviderType
public interface Bases {

    /**
     * Opens a base model, and reads its weights.
     *
     * @param folder  in Hugging Face's layout
     * @param adapter the output of {@code perk train}, which texts are encoded with; null if none are to be
     * @param backend the type of what computes; null for {@code nd4j}, or {@code java} where that isn't installed
     * @return the base, to be closed
     * @throws IllegalArgumentException if there is no such backend; the message lists those that there are
     * @throws IOException              naming file, place and remedy, if the folders don't hold a sound model, and an
     *                                  adapter that was trained with it
     */
    Base open(Path folder, Path adapter, String backend) throws IOException;
}
