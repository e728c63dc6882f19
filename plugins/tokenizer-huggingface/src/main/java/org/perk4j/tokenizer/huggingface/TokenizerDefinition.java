package org.perk4j.tokenizer.huggingface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.perk4j.data.ChatFormat;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;

/**
 * The definition of a tokenizer in a model's folder.
 *
 * @param file       where it says most of it
 * @param json       what the native library gets to know, in the form of {@code tokenizer.json}. Special tokens are not
 *                   among it, so that no text is encoded as one
 * @param pieces     how long texts are handed over
 * @param chat       the same with the special tokens among it, and how conversations are written
 * @param vocabulary one more than the largest token
 * @param special    the tokens without text
 * @param begin      the tokens that every sequence begins with
 * @param endOfText  the token that ends a text
 * @param ends       the tokens that end an answer
 */
record TokenizerDefinition(Path file, String json, Pieces pieces, Chat chat, int vocabulary, Set<Integer> special,
                           int[] begin, int endOfText, Set<Integer> ends) {

    /**
     * What it takes to write conversations.
     *
     * @param json    as that of the definition, with all tokens that stand for themselves
     * @param pieces  how long texts are handed over with it
     * @param special how the special tokens are written
     * @param format  what the model's files say, if they do
     */
    record Chat(String json, Pieces pieces, Set<String> special, Optional<ChatFormat> format) {
    }

    /** Far more tokens than any model has; a larger number is a mistake in the file. */
    static final int MOST_TOKENS = (1 << 24) - 1;

    static final String FILE = "tokenizer.json";

    /** The usual names of the token that ends a text, for models that don't name it. */
    private static final List<String> USUAL_ENDS = List.of("<|endoftext|>", "<|end_of_text|>", "<eos>", "</s>");

    /** @return the same, whose special tokens are found in texts */
    TokenizerDefinition withSpecial() {
        return new TokenizerDefinition(file, chat.json, chat.pieces, chat, vocabulary, special, begin, endOfText, ends);
    }

    /** @throws IOException naming the file and the remedy, if there is no sound tokenizer */
    static TokenizerDefinition read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            return new Reader(file, Json.readObject(file), Settings.read(folder)).definition();
        }
        if (ByteLevelFiles.in(folder)) {
            Settings settings = Settings.read(folder);
            return new Reader(folder.resolve(ByteLevelFiles.VOCABULARY), ByteLevelFiles.read(settings), settings)
                    .definition();
        }
        throw new NoSuchFileException(folder.toString(), null, "no tokenizer in it: copy " + FILE + ", or "
                + ByteLevelFiles.VOCABULARY + " and " + ByteLevelFiles.MERGES + ", of the model there");
    }

    /** Reads a definition, beginning with the vocabulary. */
    private static final class Reader {

        private final Path file;
        private final Part tokenizer;
        private final Settings settings;
        private final boolean ofOneFile;
        private final Part model;
        private final Map<String, Integer> vocabulary;
        private final Map<String, AddedToken> added;
        private final Map<String, Integer> ids;

        Reader(Path file, Map<String, Object> content, Settings settings) throws IOException {
            this.file = file;
            this.tokenizer = Part.of(file, "", content);
            this.settings = settings;
            this.ofOneFile = file.endsWith(FILE);
            this.model = tokenizer.get("model") == null ? null : tokenizer.part("model");
            this.vocabulary = vocabulary();
            this.added = added();
            this.ids = new HashMap<>(vocabulary);
            added.values().forEach(token -> ids.put(token.content(), token.id()));
            if (ids.isEmpty()) {
                throw new FileFormatException(file, "no tokens in it: copy the model's own file there");
            }
        }

        private Map<String, Integer> vocabulary() throws IOException {
            Map<String, Integer> tokens = new LinkedHashMap<>();
            if (model != null && model.get("vocab") instanceof Map<?, ?> vocabulary) {
                for (Map.Entry<?, ?> entry : vocabulary.entrySet()) {
                    tokens.put((String) entry.getKey(), id((String) entry.getKey(), entry.getValue()));
                }
            }
            return tokens;
        }

        private int id(String token, Object id) throws IOException {
            if (id instanceof Double number && number >= 0 && number <= MOST_TOKENS && number == Math.rint(number)) {
                return number.intValue();
            }
            throw new FileFormatException(file, "token " + Json.writeLine(token) + ": its id " + Json.writeLine(id)
                    + " is not a whole number from 0 to " + MOST_TOKENS + ": copy the model's own file there");
        }

        /** All added tokens, by their text. Those that are also in the vocabulary have its ids. */
        private Map<String, AddedToken> added() throws IOException {
            Set<String> roles = settings.roles();
            Map<String, AddedToken> listed = settings.added(roles);
            Map<String, AddedToken> ofFile = new LinkedHashMap<>();
            if (tokenizer.get("added_tokens") != null) {
                for (Part token : tokenizer.parts("added_tokens")) {
                    String content = token.text("content");
                    ofFile.put(content, Settings.added(token, id(content, token.get("id"))));
                }
            }
            Map<String, AddedToken> all = new LinkedHashMap<>(settings.hasDecoder() ? ofFile : listed);
            all.putAll(settings.hasDecoder() ? listed : ofFile);
            roles.stream().filter(vocabulary::containsKey)
                    .forEach(role -> all.putIfAbsent(role, AddedToken.special(vocabulary.get(role), role)));
            USUAL_ENDS.stream().filter(vocabulary::containsKey).filter(end -> all.isEmpty())
                    .forEach(end -> all.put(end, AddedToken.special(vocabulary.get(end), end)));
            all.replaceAll((content, token) -> {
                AddedToken placed = token.withId(vocabulary.getOrDefault(content, token.id()));
                return roles.contains(content) ? placed.asSpecial() : placed;
            });
            requireDistinct(all);
            return all;
        }

        private void requireDistinct(Map<String, AddedToken> added) throws IOException {
            Map<Integer, String> owners = new HashMap<>();
            vocabulary.forEach((content, id) -> owners.put(id, content));
            for (AddedToken token : added.values()) {
                String owner = owners.putIfAbsent(token.id(), token.content());
                if (owner != null && !owner.equals(token.content())) {
                    throw new FileFormatException(file, "the tokens " + Json.writeLine(owner) + " and "
                            + Json.writeLine(token.content()) + " have the same id, " + token.id()
                            + ": use the files of one model");
                }
            }
        }

        TokenizerDefinition definition() throws IOException {
            int largest = ids.values().stream().mapToInt(id -> id).max().getAsInt();
            int endOfText = endOfText();
            Set<Integer> ends = new LinkedHashSet<>(Set.of(endOfText));
            settings.ends().stream().filter(ids::containsValue).forEach(ends::add);
            Set<Integer> special = added.values().stream().filter(AddedToken::special).map(AddedToken::id)
                    .collect(Collectors.toCollection(HashSet::new));
            special.add(endOfText);
            Components components = Components.of(tokenizer);
            if (settings.isOf("GPT2Tokenizer", "gpt2") && settings.flag("add_prefix_space") != null) {
                components = components.prefixed(settings.flag("add_prefix_space"));
            }
            List<AddedToken> within = added.values().stream().filter(token -> !token.special()).toList();
            return new TokenizerDefinition(file, Json.writeLine(json(components, within)),
                    Pieces.of(components, vocabulary.keySet(), within), chat(components), largest + 1, special, begin(),
                    endOfText,
                    Set.copyOf(ends));
        }

        private Chat chat(Components components) throws IOException {
            List<AddedToken> all = List.copyOf(added.values());
            return new Chat(Json.writeLine(json(components, all)), Pieces.of(components, vocabulary.keySet(), all),
                    all.stream().filter(AddedToken::special).map(AddedToken::content)
                            .collect(Collectors.toUnmodifiableSet()),
                    settings.chatFormat());
        }

        private int endOfText() throws IOException {
            Integer end = settings.role("eos_token", ids, file);
            if (end != null) {
                return end;
            }
            for (int id : settings.ends()) {
                if (ids.containsValue(id)) {
                    return id;
                }
            }
            for (String usual : USUAL_ENDS) {
                if (ids.containsKey(usual)) {
                    return ids.get(usual);
                }
            }
            throw new FileFormatException(file, "no token that ends a text: name it as eos_token in "
                    + settings.folder().resolve(Settings.TOKENIZER));
        }

        /**
         * The post-processor in {@code tokenizer.json} defines the beginning of a sequence; without one, a flag does.
         */
        private int[] begin() throws IOException {
            if (ofOneFile) {
                return tokenizer.get("post_processor") == null ? new int[0] : begin(tokenizer.part("post_processor"));
            }
            Integer begin = Boolean.TRUE.equals(settings.flag("add_bos_token")) ? settings.role("bos_token", ids, file)
                    : null;
            return begin == null ? new int[0] : new int[] {begin};
        }

        private int[] begin(Part processor) throws IOException {
            switch (processor.oneOf("type", List.of("ByteLevel", "TemplateProcessing", "Sequence", "BertProcessing",
                    "RobertaProcessing"))) {
                case "TemplateProcessing" -> {
                    return beforeText(processor);
                }
                case "BertProcessing", "RobertaProcessing" -> {
                    return new int[] {known(processor, "cls",
                            processor.get("cls") instanceof List<?> pair && pair.size() == 2 ? pair.get(1) : null)};
                }
                case "Sequence" -> {
                    for (Part each : processor.parts("processors")) {
                        int[] begin = begin(each);
                        if (begin.length > 0) {
                            return begin;
                        }
                    }
                    return new int[0];
                }
                default -> {
                    return new int[0];
                }
            }
        }

        private int[] beforeText(Part template) throws IOException {
            Set<Integer> begin = new LinkedHashSet<>();
            for (Part piece : template.parts("single")) {
                if (piece.get("SpecialToken") == null) {
                    break;
                }
                String token = piece.part("SpecialToken").text("id");
                Part tokens = template.part("special_tokens").part(token);
                if (!(tokens.get("ids") instanceof List<?> numbers)) {
                    throw tokens.refusal("ids", "is not a list of tokens' numbers");
                }
                for (Object number : numbers) {
                    begin.add(known(tokens, "ids", number));
                }
            }
            return begin.stream().mapToInt(id -> id).toArray();
        }

        private int known(Part part, String key, Object id) throws IOException {
            if (id instanceof Double number && number == Math.rint(number) && ids.containsValue(number.intValue())) {
                return number.intValue();
            }
            throw part.refusal(key, "is not a token's number");
        }

        private Map<String, Object> json(Components components, List<AddedToken> within) throws IOException {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("version", "1.0");
            json.put("added_tokens", within.stream().map(AddedToken::json).toList());
            components.write(json);
            json.put("model", model(within));
            return json;
        }

        /** Adds the added tokens to the vocabulary, from which alone the library knows ids. */
        private Map<String, Object> model(List<AddedToken> within) throws IOException {
            if (model == null || !(model.get("vocab") instanceof Map) && model.get("type") == null) {
                throw tokenizer.refusal("model", "has no vocabulary");
            }
            Map<String, Integer> tokens = new LinkedHashMap<>(vocabulary);
            within.forEach(token -> tokens.putIfAbsent(token.content(), token.id()));
            Map<String, Object> json = new LinkedHashMap<>();
            // older files have no type
            json.put("type", model.get("type") == null ? "BPE" : model.oneOf("type", List.of("BPE")));
            json.put("dropout", null);
            if (model.get("dropout") instanceof Double dropout && dropout != 0) {
                throw model.refusal("dropout", "makes tokens random: set it to null");
            }
            json.put("unk_token", unknown(tokens));
            for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
                if (model.get(affix) != null && !model.get(affix).equals("")) {
                    throw model.refusal(affix, "is not supported");
                }
            }
            for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
                json.put(flag, model.flag(flag, false));
            }
            json.put("vocab", tokens);
            json.put("merges", model.get("merges"));
            model.requireKnown();
            return json;
        }

        private String unknown(Map<String, Integer> tokens) throws IOException {
            Object unknown = model.get("unk_token");
            if (unknown != null && !(unknown instanceof String text && tokens.containsKey(text))) {
                throw model.refusal("unk_token", "is not in the vocabulary");
            }
            return (String) unknown;
        }
    }
}
