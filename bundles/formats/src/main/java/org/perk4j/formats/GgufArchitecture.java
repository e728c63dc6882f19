package org.perk4j.formats;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perk4j.formats.GgufWeights.Layout;
import org.perk4j.formats.GgufWeights.Source;

/**
 * How llama.cpp and Hugging Face store models of an architecture: the keys of the configuration, and the names and layouts
 * of tensors. Unknown keys and tensors are refused, since they might change what the model computes. Immutable.
 */
abstract class GgufArchitecture {

    private static final Map<String, GgufArchitecture> ALL = new TreeMap<>(Map.of(
            "llama", new GgufLlama("llama"),
            "qwen2", new GgufLlama("qwen2"),
            "qwen3", new GgufLlama("qwen3"),
            "gemma2", new GgufLlama("gemma2"),
            "gemma3", new GgufLlama("gemma3_text"),
            "olmo2", new GgufLlama("olmo2"),
            "smollm3", new GgufLlama("smollm3"),
            "phi3", new GgufPhi3(),
            "gpt2", new GgufGpt2()));

    private static final String ARCHITECTURE = "general.architecture";
    private static final Pattern TENSOR = Pattern.compile("(?:(blk)\\.([0-9]{1,6})\\.)?([a-z0-9_]+)\\.(weight|bias)");

    private final Map<String, String> names;
    private final Set<String> keys;
    private final Set<String> unread;

    /**
     * @param names  Hugging Face's names of tensors by llama.cpp's, both without suffixes; llama.cpp's names in blocks begin
     *               with {@code blk.}, and Hugging Face's have {@code %s} for the block's number
     * @param keys   the keys that are known, without the architecture's name
     * @param unread tensors of the file that Hugging Face's model doesn't have
     */
    GgufArchitecture(Map<String, String> names, Set<String> keys, Set<String> unread) {
        this.names = names;
        this.keys = keys;
        this.unread = unread;
    }

    /** @throws FileFormatException if the file names no architecture that is supported */
    static GgufArchitecture of(GgufMetadata metadata) throws FileFormatException {
        Integer files = metadata.countIfAny("split.count");
        if (files != null && files > 1) {
            throw metadata.refusal("split.count", "the model is spread over " + files
                    + " files: join them with llama.cpp's llama-gguf-split --merge");
        }
        String name = metadata.text(ARCHITECTURE);
        GgufArchitecture architecture = ALL.get(name);
        if (architecture == null) {
            throw metadata.refusal(ARCHITECTURE, "\"" + name + "\" is not supported, only " + String.join(", ", ALL.keySet())
                    + ": use a model of one of these");
        }
        for (String key : metadata.keys()) {
            if (key.startsWith(name + ".") && !architecture.keys.contains(key.substring(name.length() + 1))) {
                throw metadata.refusal(key, "is not known, and might change what the model computes: use another model");
            }
        }
        return architecture;
    }

    /** @return the model's configuration with Hugging Face's keys; numbers as {@link Double} */
    Map<String, Object> config(Gguf file) throws IOException {
        Map<String, Object> config = new LinkedHashMap<>();
        fill(config, file, keys(file));
        config.replaceAll((key, value) -> value instanceof Integer number ? (Double) number.doubleValue() : value);
        return config;
    }

    /** @param config receives the model's configuration; whole numbers may be {@link Integer} */
    abstract void fill(Map<String, Object> config, Gguf file, Keys keys) throws IOException;

    /** @return the sources of the tensors, by Hugging Face's names */
    Map<String, Source> tensors(Gguf file) throws IOException {
        Map<String, Source> sources = new LinkedHashMap<>();
        for (String stored : file.names()) {
            Matcher parts = TENSOR.matcher(stored);
            boolean isUsual = parts.matches();
            String name = !isUsual ? null : names.get(parts.group(1) == null ? parts.group(3) : "blk." + parts.group(3));
            if (name != null) {
                sources.put(String.format(name, parts.group(2)) + "." + parts.group(4),
                        new Source(stored, layout(file, stored, parts.group(3), parts.group(4))));
            } else if (!unread.contains(stored)) {
                throw new FileFormatException(file.file(), "tensor \"" + stored + "\": is not known, and might change what"
                        + " the model computes: use another model");
            }
        }
        return sources;
    }

    /**
     * @param stored the tensor's name in the file
     * @param part   the part of the model, such as {@code attn_q}
     * @param kind   {@code weight} or {@code bias}
     */
    abstract Layout layout(Gguf file, String stored, String part, String kind) throws IOException;

    static Keys keys(Gguf file) throws FileFormatException {
        return new Keys(file.metadata());
    }

    /** @return the size of the model's vocabulary */
    static int vocabulary(Gguf file) throws FileFormatException {
        String embedding = "token_embd.weight";
        if (!file.names().contains(embedding)) {
            throw new FileFormatException(file.file(), "no tensor \"" + embedding
                    + "\" in it: use a file of a whole model");
        }
        return file.dimensions(embedding)[0];
    }

    /** The keys of an architecture, which begin with its name. */
    static final class Keys {

        private final GgufMetadata metadata;
        private final String prefix;

        private Keys(GgufMetadata metadata) throws FileFormatException {
            this.metadata = metadata;
            this.prefix = metadata.text(ARCHITECTURE) + ".";
        }

        /** @return the positive number under a required key */
        int count(String key) throws FileFormatException {
            int count = metadata.count(prefix + key);
            if (count == 0) {
                throw refusal(key, "is 0: get a file that llama.cpp's converter wrote");
            }
            return count;
        }

        int count(String key, int absent) throws FileFormatException {
            return metadata.has(prefix + key) ? count(key) : absent;
        }

        /** @return the whole number under a key, which may be 0 */
        int whole(String key, int absent) throws FileFormatException {
            return metadata.has(prefix + key) ? metadata.count(prefix + key) : absent;
        }

        double number(String key, double absent) throws FileFormatException {
            Double number = metadata.numberIfAny(prefix + key);
            return number == null ? absent : number;
        }

        boolean has(String key) {
            return metadata.has(prefix + key);
        }

        String text(String key, String absent) throws FileFormatException {
            return metadata.textIfAny(prefix + key).orElse(absent);
        }

        /** Refuses all values but the supported ones; the key may be absent. */
        void requireOnly(String key, List<?> supported) throws FileFormatException {
            Object value = metadata.value(prefix + key);
            if (value != null && !supported.contains(value)) {
                throw refusal(key, value + " is not supported, only " + supported.get(0) + ": use another model");
            }
        }

        FileFormatException refusal(String key, String problem) {
            return metadata.refusal(prefix + key, problem);
        }
    }
}
