package org.perk4j.formats;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** Takes a value; may fail with an {@link IOException}. */
@ConsumerType
@FunctionalInterface
public interface IOConsumer<T> {

    /** Takes {@code value}. */
    void accept(T value) throws IOException;
}
