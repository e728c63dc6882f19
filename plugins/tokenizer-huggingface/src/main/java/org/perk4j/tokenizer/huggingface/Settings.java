package org.perk4j.tokenizer.huggingface;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perk4j.data.ChatFormat;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.Json;

/**
 * The description of a tokenizer in the other files of a model's folder. Each of them may be missing.
 *
 * @param folder     the model's folder
 * @param tokenizer  {@code tokenizer_config.json}
 * @param special    {@code special_tokens_map.json}
 * @param added      {@code added_tokens.json}
 * @param model      {@code config.json}
 * @param generation {@code generation_config.json}
 */
record Settings(Path folder, Map<String, Object> tokenizer, Map<String, Object> special, Map<String, Object> added,
                Map<String, Object> model, Map<String, Object> generation) {

    static final String TOKENIZER = "tokenizer_config.json";
    static final String SPECIAL = "special_tokens_map.json";
    static final String ADDED = "added_tokens.json";
    private static final String MODEL = "config.json";
    static final String GENERATION = "generation_config.json";

    static final String CHAT = "chat_template.jinja";
    private static final String CHAT_KEY = "chat_template";

    private static final String END_IDS = "eos_token_id";
    private static final List<String> SEVERAL = List.of("additional_special_tokens", "extra_special_tokens");

    static Settings read(Path folder) throws IOException {
        return new Settings(folder, read(folder, TOKENIZER), read(folder, SPECIAL), read(folder, ADDED), read(folder, MODEL),
                read(folder, GENERATION));
    }

    private static Map<String, Object> read(Path folder, String name) throws IOException {
        return Files.exists(folder.resolve(name)) ? Json.readObject(folder.resolve(name)) : Map.of();
    }

    /**
     * @param key  such as {@code eos_token}
     * @param ids  the ids of all tokens
     * @param file the file with these ids, for messages
     * @return the id of the token that has this role, null if none is named
     */
    Integer role(String key, Map<String, Integer> ids, Path file) throws FileFormatException {
        for (String name : List.of(TOKENIZER, SPECIAL)) {
            String content = content((name.equals(TOKENIZER) ? tokenizer : special).get(key));
            if (content != null) {
                if (!ids.containsKey(content)) {
                    throw new FileFormatException(folder.resolve(name), key + " " + Json.writeLine(content) + " is not in "
                            + file + ": use the files of one model");
                }
                return ids.get(content);
            }
        }
        return null;
    }

    /** A token is a string, or an object with that string and more. */
    private static String content(Object token) {
        return (token instanceof Map<?, ?> map ? map.get("content") : token) instanceof String text ? text : null;
    }

    /** @return the texts of all tokens that have some role */
    Set<String> roles() {
        Set<String> roles = new LinkedHashSet<>();
        for (Map<String, Object> file : List.of(tokenizer, special)) {
            file.forEach((key, value) -> {
                if (key.endsWith("_token") && content(value) != null) {
                    roles.add(content(value));
                } else if (SEVERAL.contains(key) && value instanceof List<?> tokens) {
                    tokens.stream().map(Settings::content).filter(token -> token != null).forEach(roles::add);
                }
            });
        }
        return roles;
    }

    /**
     * @return how conversations are written: by {@code chat_template.jinja}, else {@code chat_template} of
     *         {@code tokenizer_config.json}, of which there may be several, else {@code chat_template.json}
     */
    Optional<ChatFormat> chatFormat() throws IOException {
        Path file = folder.resolve(CHAT);
        if (Files.exists(file)) {
            return Optional.of(new ChatFormat(new String(InputFiles.read(file), StandardCharsets.UTF_8), named()));
        }
        Object said = tokenizer.getOrDefault(CHAT_KEY, read(folder, CHAT_KEY + ".json").get(CHAT_KEY));
        Object usual = said instanceof List<?> several ? several.stream()
                .filter(each -> each instanceof Map<?, ?> one && "default".equals(one.get("name")))
                .map(each -> ((Map<?, ?>) each).get("template")).filter(String.class::isInstance).findFirst().orElse(null)
                : said;
        return usual instanceof String template ? Optional.of(new ChatFormat(template, named())) : Optional.empty();
    }

    /** @return the tokens that have some role, as they are written, by the role */
    private Map<String, String> named() {
        Map<String, String> named = new LinkedHashMap<>();
        for (Map<String, Object> file : List.of(special, tokenizer)) {
            file.forEach((key, value) -> {
                if (key.endsWith("_token") && content(value) != null) {
                    named.put(key, content(value));
                }
            });
        }
        return named;
    }

    /** @return the ids that the model ends an answer with, in the order of the files; none if no file says */
    List<Integer> ends() throws FileFormatException {
        List<Integer> ends = new ArrayList<>();
        addEnds(generation, GENERATION, ends);
        addEnds(model, MODEL, ends);
        return ends;
    }

    private void addEnds(Map<String, Object> config, String name, List<Integer> ends) throws FileFormatException {
        Object value = config.get(END_IDS);
        for (Object id : value instanceof List<?> several ? several : value == null ? List.of() : List.of(value)) {
            if (!(id instanceof Double number) || number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
                throw new FileFormatException(folder.resolve(name), END_IDS + ": " + Json.writeLine(value)
                        + " is neither a token's number nor a list of them: copy the model's own file there");
            }
            ends.add(number.intValue());
        }
    }

    /** @return the value of a key in {@code tokenizer_config.json}, null if absent */
    Boolean flag(String key) throws FileFormatException {
        Object value = tokenizer.get(key);
        if (value != null && !(value instanceof Boolean)) {
            throw new FileFormatException(folder.resolve(TOKENIZER), key + ": " + Json.writeLine(value)
                    + " is not true or false: copy the model's own file there");
        }
        return (Boolean) value;
    }

    /**
     * @return the tokens that are listed beside the vocabulary, by their text: from {@code added_tokens_decoder} in
     *         {@code tokenizer_config.json}, or otherwise from {@code added_tokens.json}
     */
    Map<String, AddedToken> added(Set<String> roles) throws FileFormatException {
        Map<String, AddedToken> tokens = new LinkedHashMap<>();
        if (hasDecoder()) {
            Part listed = Part.of(folder.resolve(TOKENIZER), "", tokenizer).part("added_tokens_decoder");
            for (String id : listed.keys()) {
                AddedToken token = added(listed.part(id), listed.number(id));
                tokens.put(token.content(), token);
            }
        } else {
            Part listed = Part.of(folder.resolve(ADDED), "", added);
            for (String content : listed.keys()) {
                boolean special = roles.contains(content);
                tokens.put(content, new AddedToken(listed.count(content, TokenizerDefinition.MOST_TOKENS), content, special,
                        false, false, false, !special));
            }
        }
        return tokens;
    }

    /** @return whether {@code tokenizer_config.json} lists tokens, whose description then has precedence */
    boolean hasDecoder() {
        return tokenizer.get("added_tokens_decoder") != null;
    }

    static AddedToken added(Part part, int id) throws FileFormatException {
        return new AddedToken(id, part.text("content"), part.flag("special", false), part.flag("single_word", false),
                part.flag("lstrip", false), part.flag("rstrip", false), part.flag("normalized", true));
    }

    /** @return whether the tokenizer has this class, or if its class is unknown, the model is of this type */
    boolean isOf(String tokenizerClass, String modelType) {
        return tokenizerClass() == null ? modelType.equals(model.get("model_type"))
                : tokenizerClass().equals(tokenizerClass) || tokenizerClass().equals(tokenizerClass + "Fast");
    }

    /** @return the name of the tokenizer's class in transformers, null if no file says */
    String tokenizerClass() {
        Object name = tokenizer.getOrDefault("tokenizer_class", model.get("tokenizer_class"));
        return name instanceof String text ? text : null;
    }
}
