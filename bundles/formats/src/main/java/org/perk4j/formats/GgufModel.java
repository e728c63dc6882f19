package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A model in a GGUF file that llama.cpp's converter wrote, described in Hugging Face's terms. Thread-safe. */
final class GgufModel implements ModelFiles {

    private final Path path;
    private final GgufMetadata metadata;
    private final Map<String, Object> config;
    private final GgufArchitecture architecture;
    private final long elements;
    private Path tokenizer;
    private String fingerprint;

    private GgufModel(Gguf file) throws IOException {
        this.path = file.file();
        this.metadata = file.metadata();
        this.architecture = GgufArchitecture.of(metadata);
        this.config = Collections.unmodifiableMap(architecture.config(file));
        this.elements = file.elements();
    }

    /** @throws IOException naming the file, what is unsound or not supported in it, and the remedy */
    static GgufModel open(Path path) throws IOException {
        try (Gguf file = Gguf.open(path)) {
            return new GgufModel(file);
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Path configFile() {
        return path;
    }

    @Override
    public Map<String, Object> config() {
        return config;
    }

    /** Writes the tokenizer's files on the first call. */
    @Override
    public synchronized Path tokenizerFolder() throws IOException {
        if (tokenizer == null) {
            Map<String, Object> files = new GgufTokenizer(metadata).files();
            Path folder = Files.createTempDirectory("perk4j-tokenizer");
            tokenizer = folder;
            for (Map.Entry<String, Object> file : files.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), Json.writeLine(file.getValue()));
            }
        }
        return tokenizer;
    }

    @Override
    public Weights weights() throws IOException {
        Gguf file = Gguf.open(path);
        try {
            return new GgufWeights(file, architecture.tensors(file));
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    @Override
    public boolean hasChatTemplate() {
        return metadata.has(GgufTokenizer.CHAT_TEMPLATE);
    }

    @Override
    public long mostWeights() {
        return elements;
    }

    @Override
    public Set<Path> weightFiles() {
        return Set.of(path);
    }

    @Override
    public synchronized String fingerprint() throws IOException {
        if (fingerprint == null) {
            fingerprint = Fingerprint.of(path);
        }
        return fingerprint;
    }

    @Override
    public synchronized void close() throws IOException {
        if (tokenizer != null) {
            for (String name : new TreeSet<>(GgufTokenizer.FILES)) {
                Files.deleteIfExists(tokenizer.resolve(name));
            }
            Files.deleteIfExists(tokenizer);
            tokenizer = null;
        }
    }
}
