package org.perk4j.memory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps memories as folders in the layout of Hugging Face PEFT ({@code adapter_config.json},
 * {@code adapter_model.safetensors}) with a {@code perk4j.json} beside them. A service; thread-safe.
 */
public interface MemoryStore {

    /**
     * Makes sure, before the work that leads to a memory, that {@link #write} won't fail for what can be known by now.
     *
     * @return gives the place back when closed, written or not
     * @throws java.nio.file.FileAlreadyExistsException as {@link #write} does
     * @throws IOException                              naming what else keeps a memory from being written there
     */
    Closeable reserve(Path folder, boolean replace) throws IOException;

    /**
     * Writes a memory as a whole or not at all.
     *
     * @throws java.nio.file.FileAlreadyExistsException if {@code folder} exists and {@code replace} is false, or holds
     *                                                  something that is not a memory
     */
    void write(Path folder, Memory memory, boolean replace) throws IOException;

    /** @throws IOException naming file, place and remedy, if {@code folder} doesn't hold a sound memory */
    Memory read(Path folder) throws IOException;
}
