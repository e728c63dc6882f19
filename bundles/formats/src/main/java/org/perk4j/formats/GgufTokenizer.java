package org.perk4j.formats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The tokenizer that a GGUF file describes, as the files that Hugging Face's library reads. The file only names how texts
 * are split into words, and readers have to know what the name means: this class knows those of GPT-2, SmolLM, Llama 3,
 * Qwen2, and of models that split them as Llama 3 does (OLMo 2, Phi-4, SmolLM3). Tokens with scores are SentencePiece's,
 * from which the merges follow.
 */
final class GgufTokenizer {

    static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    private static final String TOKENIZER = "tokenizer.json";
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String GENERATION = "generation_config.json";

    /** The names of all files. */
    static final Set<String> FILES = Set.of(TOKENIZER, SETTINGS, GENERATION);

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String SAMPLING = "general.sampling.";
    private static final String MODEL = PREFIX + "model";
    private static final String WORDS = PREFIX + "pre";
    private static final String TOKENS = PREFIX + "tokens";
    private static final String MERGES = PREFIX + "merges";

    // the types of tokens
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN2 = LLAMA3.replace("{1,3}", "");
    private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]%s"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]%s(?i:'s|'t|'re|'ve|'m|'ll|'d)?|";
    private static final String GPT_4O = String.format(WORD, "*", "+") + String.format(WORD, "+", "*")
            + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** Longer than any token that merges make; bounds the time for a malicious file. */
    private static final int LONGEST = 256;

    /** SentencePiece's spelling of a space. */
    private static final String SPACE = "\u2581";

    /** The tokens that end an answer even if the file gives them no role, as in llama.cpp. */
    private static final Set<String> ENDS = Set.of("<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>",
            "<|im_end|>", "<|end|>", "<end_of_turn>");

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final double[] types;
    private final boolean ofSentencePiece;

    /** @throws FileFormatException naming the key, if the tokenizer is missing, invalid or not supported */
    GgufTokenizer(GgufMetadata metadata) throws FileFormatException {
        this.metadata = metadata;
        String model = metadata.text(MODEL);
        if (!model.equals("gpt2") && !model.equals("llama")) {
            throw metadata.refusal(MODEL, "\"" + model + "\" is not supported, only gpt2 and llama: use another model");
        }
        this.ofSentencePiece = model.equals("llama");
        this.tokens = tokens();
        double[] given = metadata.numbersIfAny(PREFIX + "token_type", tokens.size());
        this.types = given == null ? new double[tokens.size()] : given;
    }

    private List<String> tokens() throws FileFormatException {
        List<String> all = metadata.texts(TOKENS);
        Set<String> distinct = new LinkedHashSet<>();
        for (String token : all) {
            if (!token.isEmpty() && !distinct.add(token)) {
                throw metadata.refusal(TOKENS, "the token " + Json.writeLine(token)
                        + " occurs twice: download the file again");
            }
        }
        return all;
    }

    /** @return the content of each file, by its name */
    Map<String, Object> files() throws FileFormatException {
        Map<String, Object> settings = new LinkedHashMap<>();
        Integer begin = role("bos", 1);
        Integer end = role("eos", 2);
        if (begin != null) {
            settings.put("bos_token", tokens.get(begin));
        }
        if (end != null) {
            settings.put("eos_token", tokens.get(end));
        }
        metadata.textIfAny(CHAT_TEMPLATE).ifPresent(template -> settings.put("chat_template", template));
        return Map.of(TOKENIZER, ofSentencePiece ? sentencePiece(begin) : byteLevel(begin), SETTINGS, settings,
                GENERATION, generation(end));
    }

    private Map<String, Object> generation(Integer end) throws FileFormatException {
        Map<String, Object> generation = new LinkedHashMap<>();
        generation.put("eos_token_id", ends(end));
        Double temperature = metadata.numberIfAny(SAMPLING + "temp");
        Double topP = metadata.numberIfAny(SAMPLING + "top_p");
        Double topK = metadata.numberIfAny(SAMPLING + "top_k");
        generation.put("do_sample", temperature != null ? temperature > 0 : topP != null || topK != null);
        generation.put("temperature", temperature);
        generation.put("top_p", topP);
        generation.put("top_k", topK);
        generation.put("repetition_penalty", metadata.numberIfAny(SAMPLING + "penalty_repeat"));
        generation.values().removeIf(Objects::isNull);
        return generation;
    }

    /** @return the token with a role; null if the file names none and this kind of tokenizer has no default */
    private Integer role(String name, int ofSentencePieces) throws FileFormatException {
        String key = PREFIX + name + "_token_id";
        Integer id = metadata.countIfAny(key);
        if (id != null && id >= tokens.size()) {
            throw metadata.refusal(key, "there is no token " + id + ": download the file again");
        }
        return id == null && ofSentencePiece && ofSentencePieces < tokens.size() ? (Integer) ofSentencePieces : id;
    }

    private Set<Integer> ends(Integer end) throws FileFormatException {
        Set<Integer> ends = new LinkedHashSet<>();
        if (end != null) {
            ends.add(end);
        }
        for (String role : List.of("eot", "eom")) {
            if (metadata.has(PREFIX + role + "_token_id")) {
                ends.add(role(role, 0));
            }
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (types[id] == CONTROL && ENDS.contains(tokens.get(id))) {
                ends.add(id);
            }
        }
        return ends;
    }

    private Map<String, Object> byteLevel(Integer begin) throws FileFormatException {
        String words = words();
        Map<String, Object> split = Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true,
                "use_regex", words.equals("gpt-2") || words.equals("smollm"));
        List<Object> steps = switch (words) {
            case "gpt-2" -> List.of(split);
            case "smollm" -> List.of(Map.of("type", "Digits", "individual_digits", true), split);
            default -> List.of(Map.of("type", "Split", "pattern", Map.of("Regex", pattern(words)),
                    "behavior", "Isolated", "invert", false), split);
        };
        boolean isLlama3 = words.equals("llama-bpe");
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("ignore_merges", isLlama3);
        model.put("vocab", vocabulary());
        model.put("merges", metadata.texts(MERGES));
        Map<String, Object> tokenizer = tokenizer(begin, isLlama3);
        tokenizer.put("normalizer", words.equals("qwen2") ? Map.of("type", "NFC") : null);
        tokenizer.put("pre_tokenizer", Map.of("type", "Sequence", "pretokenizers", steps));
        tokenizer.put("decoder", Map.of("type", "ByteLevel", "add_prefix_space", true, "trim_offsets", true,
                "use_regex", true));
        tokenizer.put("model", model);
        return tokenizer;
    }

    private static String pattern(String words) {
        return switch (words) {
            case "qwen2" -> QWEN2;
            case "gpt-4o" -> GPT_4O;
            default -> LLAMA3;
        };
    }

    private String words() throws FileFormatException {
        String absent = metadata.text("general.architecture").equals("gpt2") ? "gpt-2" : "";
        String words = metadata.textIfAny(WORDS).orElse(absent);
        return switch (words) {
            case "gpt-2", "smollm", "qwen2", "llama-bpe", "dbrx", "smaug-bpe", "gpt-4o" -> words;
            case "llama3", "llama-v3" -> "llama-bpe";
            case "" -> throw metadata.refusal(WORDS, "is missing, so how texts are split into words is unknown: get a newer"
                    + " file of the model");
            default -> throw metadata.refusal(WORDS, "\"" + words + "\" is not supported, only dbrx, gpt-2, gpt-4o,"
                    + " llama-bpe, qwen2, smaug-bpe and smollm: use another model");
        };
    }

    private Map<String, Object> sentencePiece(Integer begin) throws FileFormatException {
        boolean prefixed = metadata.flag(PREFIX + "add_space_prefix", true);
        if (metadata.flag(PREFIX + "remove_extra_whitespaces", false)) {
            throw metadata.refusal(PREFIX + "remove_extra_whitespaces", "is not supported: use another model");
        }
        Map<String, Integer> vocabulary = vocabulary();
        Integer unknown = role("unknown", 0);
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("unk_token", unknown == null || types[unknown] != UNKNOWN ? null : tokens.get(unknown));
        model.put("fuse_unk", true);
        model.put("byte_fallback", true);
        model.put("vocab", vocabulary);
        model.put("merges", metadata.has(MERGES) ? metadata.texts(MERGES) : merges(vocabulary));
        Map<String, Object> tokenizer = tokenizer(begin, true);
        Map<String, Object> spaces = Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", SPACE);
        tokenizer.put("normalizer", prefixed ? Map.of("type", "Sequence", "normalizers",
                List.of(Map.of("type", "Prepend", "prepend", SPACE), spaces)) : spaces);
        tokenizer.put("pre_tokenizer", null);
        List<Object> decoders = new ArrayList<>(List.of(
                Map.of("type", "Replace", "pattern", Map.of("String", SPACE), "content", " "),
                Map.of("type", "ByteFallback"), Map.of("type", "Fuse")));
        if (prefixed) {
            decoders.add(Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0));
        }
        tokenizer.put("decoder", Map.of("type", "Sequence", "decoders", decoders));
        tokenizer.put("model", model);
        return tokenizer;
    }

    /** A pair of tokens that are merged into another. */
    private record Merge(String left, String right, double score) {
    }

    /**
     * SentencePiece merges the pair with the best score first. Gemma's scores don't give the order in which its tokens were
     * learned, but their numbers do, as in Hugging Face's converter.
     */
    private List<String> merges(Map<String, Integer> vocabulary) throws FileFormatException {
        double[] scores = metadata.text("general.architecture").startsWith("gemma") ? null
                : metadata.numbersIfAny(PREFIX + "scores", tokens.size());
        List<Merge> merges = new ArrayList<>();
        vocabulary.forEach((token, id) -> {
            boolean isMade = types[id] == NORMAL || types[id] == USER_DEFINED || types[id] == 0;
            if (isMade && token.length() <= LONGEST) {
                List<Merge> ofToken = new ArrayList<>();
                for (int i = token.offsetByCodePoints(0, 1); i < token.length(); i = token.offsetByCodePoints(i, 1)) {
                    Merge merge = new Merge(token.substring(0, i), token.substring(i), scores == null ? -id : scores[id]);
                    if (vocabulary.containsKey(merge.left()) && vocabulary.containsKey(merge.right())) {
                        ofToken.add(merge);
                    }
                }
                ofToken.sort(Comparator.<Merge>comparingInt(merge -> vocabulary.get(merge.left()))
                        .thenComparingInt(merge -> vocabulary.get(merge.right())));
                merges.addAll(ofToken);
            }
        });
        merges.sort(Comparator.comparingDouble(Merge::score)
                .thenComparingInt(merge -> merge.left().codePointCount(0, merge.left().length()))
                .thenComparingInt(merge -> merge.right().codePointCount(0, merge.right().length())).reversed());
        return merges.stream().map(merge -> merge.left() + " " + merge.right()).toList();
    }

    /** @return the tokens that texts are split into, with their numbers */
    private Map<String, Integer> vocabulary() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (int id = 0; id < types.length; id++) {
            boolean isOfText = ofSentencePiece || types[id] != USER_DEFINED;
            if (isOfText && types[id] != CONTROL && types[id] != UNUSED && !tokens.get(id).isEmpty()) {
                vocabulary.put(spelled(id), id);
            }
        }
        return vocabulary;
    }

    /** Gemma's tokens of several spaces are stored as spaces. */
    private String spelled(int id) {
        String token = tokens.get(id);
        return ofSentencePiece && types[id] == USER_DEFINED && token.chars().allMatch(c -> c == ' ')
                ? SPACE.repeat(token.length()) : token;
    }

    /** @param isUsual whether sequences begin with that token if the file doesn't say */
    private Map<String, Object> tokenizer(Integer begin, boolean isUsual) throws FileFormatException {
        List<Object> added = new ArrayList<>();
        for (int id = 0; id < types.length; id++) {
            boolean isSpecial = types[id] == CONTROL || types[id] == UNKNOWN;
            String token = tokens.get(id);
            if ((isSpecial || types[id] == USER_DEFINED) && spelled(id).equals(token) && !token.isEmpty()) {
                added.add(Map.of("id", id, "content", token, "special", isSpecial, "single_word", false,
                        "lstrip", false, "rstrip", false, "normalized", false));
            }
        }
        Map<String, Object> tokenizer = new LinkedHashMap<>();
        tokenizer.put("version", "1.0");
        tokenizer.put("added_tokens", added);
        boolean begins = begin != null && metadata.flag(PREFIX + "add_bos_token", isUsual);
        tokenizer.put("post_processor", begins ? beginning(tokens.get(begin), begin) : null);
        return tokenizer;
    }

    private static Map<String, Object> beginning(String token, int id) {
        return Map.of("type", "TemplateProcessing",
                "single", List.of(Map.of("SpecialToken", Map.of("id", token, "type_id", 0)),
                        Map.of("Sequence", Map.of("id", "A", "type_id", 0))),
                "pair", List.of(Map.of("Sequence", Map.of("id", "A", "type_id", 0)),
                        Map.of("Sequence", Map.of("id", "B", "type_id", 1))),
                "special_tokens", Map.of(token, Map.of("id", token, "ids", List.of(id), "tokens", List.of(token))));
    }
}
