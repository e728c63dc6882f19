package org.perk4j.data;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/** Reads tokenizers from files. Published as a service with the property {@code type}. Thread-safe. */
@ConsumerType
public interface TokenizerFormat {

    /**
     * @param folder of a model: {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt}
     * @return to be closed by the caller
     * @throws IOException naming the file and the remedy, if there is no sound tokenizer in it
     */
    Tokenizer open(Path folder) throws IOException;
}
