package org.perk4j.formats;

import java.io.IOException;

/** Takes a value; may fail with an {@link IOException}. */
@FunctionalInterface
public interface IOConsumer<T> {

    /** Takes {@code value}. */
    void accept(T value) throws IOException;
}
