package org.perk4j.tokenizer.huggingface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.formats.TextFile;

/**
 * A byte-level BPE tokenizer in two files, {@code vocab.json} and {@code merges.txt}. They don't say how texts are split
 * into words: transformers knows that from the tokenizer's class.
 */
final class ByteLevelFiles {

    static final String VOCABULARY = "vocab.json";
    static final String MERGES = "merges.txt";

    private ByteLevelFiles() {
    }

    static boolean in(Path folder) {
        return Files.exists(folder.resolve(VOCABULARY)) && Files.exists(folder.resolve(MERGES));
    }

    /** @return the tokenizer in the form of {@code tokenizer.json} */
    static Map<String, Object> read(Settings settings) throws IOException {
        Path folder = settings.folder();
        boolean prefix = Boolean.TRUE.equals(settings.flag("add_prefix_space"));
        Map<String, Object> tokenizer = new LinkedHashMap<>();
        if (settings.isOf("Qwen2Tokenizer", "qwen2")) {
            tokenizer.put("normalizer", Map.of("type", "NFC"));
            tokenizer.put("pre_tokenizer", Map.of("type", "Sequence", "pretokenizers", List.of(
                    Map.of("type", "Split", "pattern", Map.of("Regex", WordPattern.QWEN2), "behavior", "Isolated"),
                    byteLevel(prefix, false))));
        } else if (settings.isOf("GPT2Tokenizer", "gpt2")
                || settings.tokenizerClass() == null && settings.model().isEmpty()) {
            tokenizer.put("pre_tokenizer", byteLevel(prefix, true));
        } else {
            String kind = settings.tokenizerClass() == null
                    ? "model_type " + Json.writeLine(settings.model().get("model_type"))
                    : "tokenizer_class " + Json.writeLine(settings.tokenizerClass());
            throw new FileFormatException(folder.resolve(VOCABULARY), "how a tokenizer of " + kind + " cuts texts into words"
                    + " is not known, only GPT2Tokenizer and Qwen2Tokenizer: have transformers write tokenizer.json, with"
                    + " AutoTokenizer.from_pretrained(folder).save_pretrained(folder)");
        }
        tokenizer.put("decoder", byteLevel(false, true));
        tokenizer.put("model", Map.of("type", "BPE", "vocab", Json.readObject(folder.resolve(VOCABULARY)),
                "merges", merges(folder.resolve(MERGES))));
        return tokenizer;
    }

    private static Map<String, Object> byteLevel(boolean prefix, boolean words) {
        return Map.of("type", "ByteLevel", "add_prefix_space", prefix, "trim_offsets", true, "use_regex", words);
    }

    private static List<String> merges(Path file) throws IOException {
        return TextFile.read(file).lines().filter(line -> !line.isEmpty() && !line.startsWith("#version")).toList();
    }
}
