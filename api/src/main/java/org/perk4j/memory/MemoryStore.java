package org.perk4j.memory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps memories as folders in the layout of Hugging Face PEFT ({@code adapter_config.json},
 * {@code adapter_model.safetensors}) with a {@code perk4j.json} beside them. A service; thread-safe.
 */
@ProviderType
public interface MemoryStore {

    /**
     * Reserves the place for a memory before the work begins, and checks as far as possible that it can be written there. No
     * other process can write there until the place is closed.
     *
     * @param replace whether a memory that is there may be replaced
     * @throws java.nio.file.FileAlreadyExistsException if {@code folder} exists and {@code replace} is false, or holds
     *                                                  something that is not a memory
     * @throws IOException                              naming any other obstacle to writing there, such as the process that
     *                                                  has reserved the place
     */
    Place reserve(Path folder, boolean replace) throws IOException;

    /** A reserved place for a memory. Closing it ends the reservation, whether or not a memory was written. */
    @ProviderType
    interface Place extends Closeable {

        /**
         * Writes a memory atomically: readers find either the previous memory or this one.
         *
         * @throws IOException naming the place and the reason why it couldn't be written
         */
        void write(Memory memory) throws IOException;
    }

    /**
     * Reads a memory, or an adapter made by PEFT, if it is of a supported kind.
     *
     * @throws IOException naming file, place and remedy, if {@code folder} doesn't hold one, or it was damaged or changed
     */
    Memory read(Path folder) throws IOException;
}
