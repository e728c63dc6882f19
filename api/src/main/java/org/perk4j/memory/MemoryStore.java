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
     * Takes the place of a memory, before the work that leads to it: what can be known by now won't keep it from being
     * written. No other process writes there until it is given back.
     *
     * @param replace whether a memory that is there may be replaced
     * @throws java.nio.file.FileAlreadyExistsException if {@code folder} exists and {@code replace} is false, or holds
     *                                                  something that is not a memory
     * @throws IOException                              naming what else keeps a memory from being written there, such as the
     *                                                  process that has the place
     */
    Place reserve(Path folder, boolean replace) throws IOException;

    /** Where a memory is to be written. Closing gives it back, written or not. */
    @ProviderType
    interface Place extends Closeable {

        /**
         * Writes a memory as a whole or not at all, in one step: whoever reads finds the one that was there before, or this
         * one.
         *
         * @throws IOException naming the place and what kept it from being written
         */
        void write(Memory memory) throws IOException;
    }

    /**
     * Reads a memory, or an adapter that PEFT made of a kind that is known here.
     *
     * @throws IOException naming file, place and remedy, if {@code folder} doesn't hold a sound one, as it was written
     */
    Memory read(Path folder) throws IOException;
}
