package org.perk4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.plugin.Plugin;

/**
 * Reads tokenizers from files. Published as a service with the property {@code type}. Thread-safe. A model's
 * {@code config.json} picks it, with its options, by the key {@value #KEY}; without that key it is {@value #USUAL}.
 *
 * @param <O> its options
 */
@ConsumerType
public interface TokenizerFormat<O extends Record> extends Plugin<O> {

    /** The key of {@code config.json} that picks a format, as a job picks a plugin. */
    String KEY = "perk4j_tokenizer";

    /** The type of the format that most models have. */
    String USUAL = "huggingface";

    /**
     * @param folder a model's folder, with the tokenizer's files
     * @return the tokenizer, to be closed by the caller
     * @throws IOException naming the file and the remedy, if there is no sound tokenizer in it
     */
    Tokenizer open(Path folder, O options) throws IOException;

    /**
     * @return the names of all files that a tokenizer of this format may have; those that exist are copied into the folder
     *         of a new model
     */
    List<String> files();
}
