package org.perk4j.memory;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps memories as folders in the layout of Hugging Face PEFT ({@code adapter_config.json},
 * {@code adapter_model.safetensors}) with a {@code perk4j.json} beside them. A service; thread-safe.
 */
public interface MemoryStore {

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
