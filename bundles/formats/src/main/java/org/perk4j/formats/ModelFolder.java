package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/** A model in Hugging Face's layout: a folder with {@code config.json} and {@code model.safetensors}. Thread-safe. */
public final class ModelFolder {

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";

    private final Path path;
    private final Map<String, Object> config;
    private String fingerprint;

    private ModelFolder(Path path, Map<String, Object> config) {
        this.path = path;
        this.config = Collections.unmodifiableMap(config);
    }

    /** @throws IOException naming what is missing or unsound, and the remedy */
    public static ModelFolder open(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null,
                    "there is no such folder: name one that holds " + CONFIG + " and " + WEIGHTS);
        }
        if (Files.notExists(folder.resolve(CONFIG))) {
            throw new NoSuchFileException(folder.toString(), null, "no " + CONFIG + " in it: is this the folder of a model?");
        }
        if (Files.notExists(folder.resolve(WEIGHTS))) {
            throw new NoSuchFileException(folder.toString(), null, "no " + WEIGHTS + " in it: " + remedy(folder));
        }
        return new ModelFolder(folder, Json.readObject(folder.resolve(CONFIG)));
    }

    private static String remedy(Path folder) {
        if (Files.exists(folder.resolve(WEIGHTS + ".index.json"))) {
            return "weights in several files are not supported: save the model as one (max_shard_size in save_pretrained)";
        }
        if (Files.exists(folder.resolve("pytorch_model.bin"))) {
            return "pytorch_model.bin is not supported: save the model with safe_serialization=True";
        }
        return "copy the weights there";
    }

    /** @return the folder */
    public Path path() {
        return path;
    }

    /** @return the content of {@code config.json}; numbers as {@link Double} */
    public Map<String, Object> config() {
        return config;
    }

    /**
     * Opens the weights. Whoever asks closes them.
     *
     * @throws IOException if they are unsound
     */
    public Safetensors weights() throws IOException {
        return Safetensors.open(path.resolve(WEIGHTS));
    }

    /** @return SHA-256 of the bytes of {@code model.safetensors}, in hex; read once */
    public synchronized String fingerprint() throws IOException {
        if (fingerprint == null) {
            fingerprint = Fingerprint.of(path.resolve(WEIGHTS));
        }
        return fingerprint;
    }
}
