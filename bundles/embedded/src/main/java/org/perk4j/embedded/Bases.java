package org.perk4j.embedded;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Opens base models. An OSGi service, which {@link Perk} uses; thread-safe. */
@ProviderType
public interface Bases {

    /**
     * Opens a base model and reads its weights.
     *
     * @param folder  a folder in Hugging Face's layout
     * @param adapter the output of {@code perk train}, to encode texts with; null for the one that is installed for the
     *                base, which is looked for when a text is encoded
     * @param backend the type of the backend; null for {@code nd4j}, or {@code java} if that isn't installed
     * @return the base, to be closed by the caller
     * @throws IllegalArgumentException if there is no such backend; the message lists the existing ones
     * @throws IOException              naming file, place and remedy, if the folders don't hold a valid model and an adapter
     *                                  that was trained with it
     */
    Base open(Path folder, Path adapter, String backend) throws IOException;
}
