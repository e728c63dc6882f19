package org.perk4j.tokenizer.huggingface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;

/**
 * What the folder of a model says about its tokenizer.
 *
 * @param file       where it says so
 * @param json       in the form of {@code tokenizer.json}
 * @param vocabulary one more than the largest token
 * @param endOfText  the token that ends a text
 */
record TokenizerDefinition(Path file, String json, int vocabulary, int endOfText) {

    private static final String TOKENIZER = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";

    /** By what names the end of a text goes in models that don't say. */
    private static final List<String> USUAL_ENDS = List.of("<|endoftext|>", "<|end_of_text|>", "<eos>", "</s>");

    /** Far more tokens than any model has; what is larger is a mistake in the file. */
    private static final int MOST_TOKENS = 1 << 24;

    /** @throws IOException naming the file and the remedy, if there is no sound tokenizer */
    static TokenizerDefinition read(Path folder) throws IOException {
        Path file = folder.resolve(TOKENIZER);
        if (Files.exists(file)) {
            return of(folder, file, Json.readObject(file), Files.readString(file));
        }
        if (Files.exists(folder.resolve(VOCABULARY)) && Files.exists(folder.resolve(MERGES))) {
            Map<String, Object> tokenizer = byteLevel(folder);
            return of(folder, folder.resolve(VOCABULARY), tokenizer, Json.writeLine(tokenizer));
        }
        throw new NoSuchFileException(folder.toString(), null, "no tokenizer in it: copy " + TOKENIZER + ", or "
                + VOCABULARY + " and " + MERGES + ", of the model there");
    }

    private static TokenizerDefinition of(Path folder, Path file, Map<String, Object> tokenizer, String json)
            throws IOException {
        Map<String, Integer> ids = ids(file, tokenizer);
        int largest = ids.values().stream().mapToInt(id -> id).max()
                .orElseThrow(() -> new FileFormatException(file, "no tokens in it: copy the model's own file there"));
        return new TokenizerDefinition(file, json, largest + 1, endOfText(folder, file, ids));
    }

    /** @return the ids of all tokens by their text */
    private static Map<String, Integer> ids(Path file, Map<String, Object> tokenizer) throws IOException {
        Map<String, Integer> ids = new HashMap<>();
        if (tokenizer.get("model") instanceof Map<?, ?> model) {
            if (model.get("vocab") instanceof Map<?, ?> vocabulary) {
                for (Map.Entry<?, ?> entry : vocabulary.entrySet()) {
                    ids.put((String) entry.getKey(), id(file, (String) entry.getKey(), entry.getValue()));
                }
            } else if (model.get("vocab") instanceof List<?> pieces) { // unigram: a token's place is its id
                for (Object piece : pieces) {
                    ids.put(piece instanceof List<?> scored && !scored.isEmpty() ? String.valueOf(scored.get(0)) : "",
                            ids.size());
                }
            }
        }
        if (tokenizer.get("added_tokens") instanceof List<?> added) {
            for (Object token : added) {
                if (token instanceof Map<?, ?> map && map.get("content") instanceof String content) {
                    ids.put(content, id(file, content, map.get("id")));
                }
            }
        }
        return ids;
    }

    private static int id(Path file, String token, Object id) throws IOException {
        if (id instanceof Double number && number >= 0 && number < MOST_TOKENS && number == Math.rint(number)) {
            return number.intValue();
        }
        throw new FileFormatException(file, "token " + Json.writeLine(token) + ": its id " + Json.writeLine(id)
                + " is not a whole number from 0 to " + (MOST_TOKENS - 1) + ": copy the model's own file there");
    }

    private static int endOfText(Path folder, Path file, Map<String, Integer> ids) throws IOException {
        for (String name : List.of(CONFIG, SPECIAL_TOKENS)) {
            Path config = folder.resolve(name);
            String end = Files.exists(config) ? content(Json.readObject(config).get("eos_token")) : null;
            if (end != null) {
                if (!ids.containsKey(end)) {
                    throw new FileFormatException(config, "eos_token " + Json.writeLine(end) + " is not in " + file
                            + ": use the files of one model");
                }
                return ids.get(end);
            }
        }
        for (String end : USUAL_ENDS) {
            if (ids.containsKey(end)) {
                return ids.get(end);
            }
        }
        throw new FileFormatException(file, "no token that ends a text: name it as eos_token in " + folder.resolve(CONFIG));
    }

    /** A token's text stands alone, or in an object that says more about it. */
    private static String content(Object token) {
        return (token instanceof Map<?, ?> map ? map.get("content") : token) instanceof String text ? text : null;
    }

    /** A byte-level BPE tokenizer, as that of GPT-2, in the form of {@code tokenizer.json}. */
    private static Map<String, Object> byteLevel(Path folder) throws IOException {
        Map<String, Object> vocabulary = Json.readObject(folder.resolve(VOCABULARY));
        Map<String, Object> byteLevel = Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true,
                "use_regex", true);
        Map<String, Object> tokenizer = new LinkedHashMap<>();
        tokenizer.put("version", "1.0");
        tokenizer.put("added_tokens", addedTokens(folder, vocabulary));
        tokenizer.put("pre_tokenizer", byteLevel);
        tokenizer.put("decoder", byteLevel);
        tokenizer.put("model", Map.of("type", "BPE", "vocab", vocabulary, "merges", merges(folder.resolve(MERGES))));
        return tokenizer;
    }

    private static List<String> merges(Path file) throws IOException {
        List<String> merges = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isEmpty() && !line.startsWith("#version")) {
                merges.add(line);
            }
        }
        return merges;
    }

    /** The tokens that stand for themselves: those that {@code tokenizer_config.json} lists, or else the end of a text. */
    private static List<Map<String, Object>> addedTokens(Path folder, Map<String, Object> vocabulary) throws IOException {
        List<Map<String, Object>> added = new ArrayList<>();
        Path config = folder.resolve(CONFIG);
        if (Files.exists(config) && Json.readObject(config).get("added_tokens_decoder") instanceof Map<?, ?> listed) {
            for (Map.Entry<?, ?> entry : listed.entrySet()) {
                if (entry.getValue() instanceof Map<?, ?> token && content(token) != null) {
                    added.add(addedToken(idOf(config, (String) entry.getKey()), content(token),
                            Boolean.TRUE.equals(token.get("special"))));
                }
            }
        } else {
            for (String end : USUAL_ENDS) {
                if (vocabulary.get(end) instanceof Double id) {
                    added.add(addedToken(id, end, true));
                }
            }
        }
        return added;
    }

    private static double idOf(Path config, String digits) throws IOException {
        if (!digits.matches("[0-9]{1,8}")) {
            throw new FileFormatException(config, "added_tokens_decoder." + digits + ": a key here must be a token's number");
        }
        return Double.parseDouble(digits);
    }

    private static Map<String, Object> addedToken(double id, String content, boolean special) {
        return Map.of("id", id, "content", content, "special", special, "single_word", false, "lstrip", false,
                "rstrip", false, "normalized", false);
    }
}
