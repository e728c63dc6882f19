package org.perk4j.formats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A model in Hugging Face's layout: a folder with {@code config.json} and either {@code model.safetensors} or
 * {@code model.safetensors.index.json} with the files that it lists. Thread-safe.
 */
public final class ModelFolder implements ModelFiles {

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = WEIGHTS + ".index.json";
    /** Only a file in the folder itself: a downloaded model must not make us read other files. */
    private static final Pattern PLAIN_NAME = Pattern.compile("(?!\\.{1,2}$)[^/\\\\:\\p{Cntrl}]+");

    private final Path path;
    private final Map<String, Object> config;
    private String fingerprint;

    private ModelFolder(Path path, Map<String, Object> config) {
        this.path = path;
        this.config = Collections.unmodifiableMap(config);
    }

    /** @throws IOException naming what is missing or invalid, and the remedy */
    public static ModelFolder open(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null,
                    "there is no such folder: name one that holds " + CONFIG + " and " + WEIGHTS + ", or a GGUF file");
        }
        if (Files.notExists(folder.resolve(CONFIG))) {
            throw new NoSuchFileException(folder.toString(), null,
                    "no " + CONFIG + " in it: is this the folder of a model?");
        }
        if (Files.notExists(folder.resolve(WEIGHTS)) && Files.notExists(folder.resolve(INDEX))) {
            throw new NoSuchFileException(folder.toString(), null, "no " + WEIGHTS + " in it: " + remedy(folder));
        }
        return new ModelFolder(folder, Json.readObject(folder.resolve(CONFIG)));
    }

    private static String remedy(Path folder) {
        if (Files.exists(folder.resolve("pytorch_model.bin"))) {
            return "pytorch_model.bin is not supported: save the model with safe_serialization=True";
        }
        return "copy the weights there";
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Path configFile() {
        return path.resolve(CONFIG);
    }

    @Override
    public Path tokenizerFolder() {
        return path;
    }

    @Override
    public Map<String, Object> config() {
        return config;
    }

    @Override
    public Weights weights() throws IOException {
        return isOneFile() ? SafetensorsWeights.ofOne(path.resolve(WEIGHTS))
                : SafetensorsWeights.ofSeveral(places(), path.resolve(INDEX));
    }

    @Override
    public boolean hasChatTemplate() throws IOException {
        Path tokenizer = path.resolve("tokenizer_config.json");
        return Files.exists(path.resolve("chat_template.jinja")) || Files.exists(path.resolve("chat_template.json"))
                || Files.exists(tokenizer) && Json.readObject(tokenizer).get("chat_template") != null;
    }

    /** Each weight takes a byte or more. */
    @Override
    public long mostWeights() throws IOException {
        long bytes = 0;
        for (Path file : weightFiles()) {
            InputFiles.require(file);
            bytes += Files.size(file);
        }
        return bytes;
    }

    @Override
    public Set<Path> weightFiles() throws IOException {
        return isOneFile() ? Set.of(path.resolve(WEIGHTS)) : new TreeSet<>(places().values());
    }

    private boolean isOneFile() {
        return Files.exists(path.resolve(WEIGHTS));
    }

    /** @return the file of each tensor, according to the index */
    private Map<String, Path> places() throws IOException {
        Path index = path.resolve(INDEX);
        Map<String, Path> places = new LinkedHashMap<>();
        if (Json.readObject(index).get("weight_map") instanceof Map<?, ?> files) {
            for (Map.Entry<?, ?> entry : files.entrySet()) {
                if (!(entry.getValue() instanceof String file) || !PLAIN_NAME.matcher(file).matches()) {
                    throw new FileFormatException(index, "weight_map." + entry.getKey() + ": "
                            + Json.writeLine(entry.getValue()) + " is not the name of a file in this folder: put the files"
                            + " beside the index, or download the index again");
                }
                places.put((String) entry.getKey(), path.resolve(file));
            }
        }
        if (places.isEmpty()) {
            throw new FileFormatException(index, "weight_map: is missing or empty: download the index again");
        }
        return places;
    }

    @Override
    public synchronized String fingerprint() throws IOException {
        if (fingerprint == null) {
            fingerprint = isOneFile() ? Fingerprint.of(path.resolve(WEIGHTS)) : fingerprintOfSeveral();
        }
        return fingerprint;
    }

    private String fingerprintOfSeveral() throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path file : weightFiles()) {
            all.append(Fingerprint.of(file));
        }
        return Fingerprint.of(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
    }
}
