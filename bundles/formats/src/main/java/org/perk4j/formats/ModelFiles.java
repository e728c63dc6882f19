package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The files of a model: a folder in Hugging Face's layout, or a GGUF file. Whatever the format, a model is described in
 * Hugging Face's terms. Closing it removes what it wrote for its own use; thread-safe.
 */
@ProviderType
public interface ModelFiles extends AutoCloseable {

    /**
     * Opens a model.
     *
     * @param path a folder, a file in the GGUF format, or, if there is neither, the name of a {@link NamedModel}
     * @throws IOException naming what is missing or unsound, and the remedy
     */
    static ModelFiles open(Path path) throws IOException {
        Optional<NamedModel> named = Files.exists(path) ? Optional.empty() : NamedModel.of(path.toString());
        if (named.isPresent()) {
            Path place = named.get().place();
            if (Files.notExists(place)) {
                throw new NoSuchFileException(path.toString(), null,
                        "this model was not brought yet: bring it by 'perk model get " + path + "'");
            }
            return GgufModel.open(place);
        }
        return Files.isRegularFile(path) ? GgufModel.open(path) : ModelFolder.open(path);
    }

    /** @return the folder or file that was opened */
    Path path();

    /** @return the file that says what {@link #config} does, for messages */
    Path configFile();

    /** @return the model's {@code config.json}, or what is equal to it; numbers as {@link Double} */
    Map<String, Object> config();

    /**
     * @return a folder with the files of the tokenizer in Hugging Face's layout, to be used until this is closed
     * @throws IOException if the model's files don't describe a tokenizer that is known
     */
    Path tokenizerFolder() throws IOException;

    /**
     * Opens the weights, which the caller closes.
     *
     * @throws IOException if they are invalid
     */
    Weights weights() throws IOException;

    /** @return whether the model was tuned for conversations: whether it has a {@code chat_template} */
    boolean hasChatTemplate() throws IOException;

    /** @return no fewer weights than the files hold, found without reading them */
    long mostWeights() throws IOException;

    /** @return the files of the weights */
    Set<Path> weightFiles() throws IOException;

    /**
     * @return SHA-256, in hex, of the bytes of the weights' file; of several files, that of their own fingerprints, in the
     *         order of their names. Read once.
     */
    String fingerprint() throws IOException;

    @Override
    void close() throws IOException;
}
