package org.perk4j.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.FileFormatException;

/**
 * The steps of a tokenizer, in the native library's form. That library ends the whole process if a step has an option that
 * it doesn't expect, such as an empty prefix, or if a regular expression takes too long, so it only gets steps that are
 * known to be safe: those of the tokenizers of GPT-2, Llama and Qwen2, with each option checked. Everything else is refused
 * by name. Sequences are flattened into a plain list of steps.
 *
 * @param normalizers   the steps that normalize a text
 * @param preTokenizers the steps that split it into words
 * @param decoders      the steps that turn tokens into text
 */
record Components(List<Map<String, Object>> normalizers, List<Map<String, Object>> preTokenizers,
                  List<Map<String, Object>> decoders) {

    private static final List<String> BEHAVIORS = List.of("Isolated", "Removed", "MergedWithPrevious", "MergedWithNext",
            "Contiguous");

    static Components of(Part tokenizer) throws FileFormatException {
        return new Components(steps(tokenizer, "normalizer", "normalizers", Components::normalizer),
                steps(tokenizer, "pre_tokenizer", "pretokenizers", Components::preTokenizer),
                steps(tokenizer, "decoder", "decoders", Components::decoder));
    }

    /**
     * @param prefix whether to put a space before each text
     * @return the same steps with this option, if the only pre-tokenizer is GPT-2's, which has it
     */
    Components prefixed(boolean prefix) {
        if (preTokenizers.size() != 1 || !preTokenizers.get(0).get("type").equals("ByteLevel")) {
            return this;
        }
        Map<String, Object> prefixed = new LinkedHashMap<>(preTokenizers.get(0));
        prefixed.put("add_prefix_space", prefix);
        return new Components(normalizers, List.of(prefixed), decoders);
    }

    private interface Step {
        void check(Part part, Map<String, Object> checked) throws FileFormatException;
    }

    private static List<Map<String, Object>> steps(Part tokenizer, String key, String inSequence, Step step)
            throws FileFormatException {
        List<Map<String, Object>> steps = new ArrayList<>();
        if (tokenizer.get(key) != null) {
            addSteps(tokenizer.part(key), inSequence, step, steps);
        }
        return steps;
    }

    private static void addSteps(Part part, String inSequence, Step step, List<Map<String, Object>> steps)
            throws FileFormatException {
        if ("Sequence".equals(part.get("type"))) {
            for (Part each : part.parts(inSequence)) {
                addSteps(each, inSequence, step, steps);
            }
        } else {
            Map<String, Object> checked = new LinkedHashMap<>();
            checked.put("type", part.get("type"));
            step.check(part, checked);
            steps.add(checked);
        }
        part.requireKnown();
    }

    private static void normalizer(Part part, Map<String, Object> checked) throws FileFormatException {
        String type = part.oneOf("type", List.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace"));
        if (type.equals("Prepend")) {
            checked.put("prepend", part.text("prepend"));
        } else if (type.equals("Replace")) {
            replace(part, checked);
        }
    }

    private static void replace(Part part, Map<String, Object> checked) throws FileFormatException {
        checked.put("pattern", Map.of("String", part.part("pattern").text("String")));
        if (!(part.get("content") instanceof String)) {
            throw part.refusal("content", "is not a text");
        }
        checked.put("content", part.get("content"));
    }

    private static void preTokenizer(Part part, Map<String, Object> checked) throws FileFormatException {
        switch (part.oneOf("type", List.of("ByteLevel", "Split", "Digits", "Metaspace", "Punctuation", "Whitespace",
                "WhitespaceSplit"))) {
            case "ByteLevel" -> byteLevel(part, checked);
            case "Metaspace" -> metaspace(part, checked);
            case "Digits" -> checked.put("individual_digits", part.flag("individual_digits", false));
            case "Punctuation" -> checked.put("behavior",
                    part.get("behavior") == null ? BEHAVIORS.get(0) : part.oneOf("behavior", BEHAVIORS));
            case "Split" -> {
                checked.put("pattern", pattern(part.part("pattern")));
                checked.put("behavior", part.oneOf("behavior", BEHAVIORS));
                checked.put("invert", part.flag("invert", false));
            }
            default -> { } // no options
        }
    }

    private static Map<String, Object> pattern(Part part) throws FileFormatException {
        if (part.get("Regex") == null) {
            return Map.of("String", part.text("String"));
        }
        String regex = part.text("Regex");
        if (WordPattern.of(regex) == null) {
            throw part.refusal("Regex", "is not known to process every text quickly, as are the patterns of GPT-2, Llama 3,"
                    + " Qwen2 and GPT-4o, and alternatives of characters of which the last required one is repeated");
        }
        return Map.of("Regex", regex);
    }

    private static void byteLevel(Part part, Map<String, Object> checked) throws FileFormatException {
        checked.put("add_prefix_space", part.flag("add_prefix_space", false));
        checked.put("trim_offsets", part.flag("trim_offsets", false));
        checked.put("use_regex", part.flag("use_regex", true));
    }

    private static void metaspace(Part part, Map<String, Object> checked) throws FileFormatException {
        checked.put("replacement", oneCharacter(part, "replacement"));
        part.get("str_rep"); // the name in older files
        boolean prefix = part.flag("add_prefix_space", true); // older files have only this
        checked.put("prepend_scheme", part.get("prepend_scheme") == null ? prefix ? "always" : "never"
                : part.oneOf("prepend_scheme", List.of("always", "never", "first")));
        checked.put("split", part.flag("split", true));
    }

    private static String oneCharacter(Part part, String key) throws FileFormatException {
        String text = part.text(key);
        if (text.codePointCount(0, text.length()) != 1) {
            throw part.refusal(key, "is more than one character");
        }
        return text;
    }

    private static void decoder(Part part, Map<String, Object> checked) throws FileFormatException {
        switch (part.oneOf("type", List.of("ByteLevel", "Metaspace", "Replace", "ByteFallback", "Fuse", "Strip"))) {
            case "ByteLevel" -> byteLevel(part, checked);
            case "Metaspace" -> metaspace(part, checked);
            case "Replace" -> replace(part, checked);
            case "Strip" -> {
                checked.put("content", oneCharacter(part, "content"));
                checked.put("start", part.count("start", 8));
                checked.put("stop", part.count("stop", 0)); // the library reads past the end of shorter tokens
            }
            default -> { } // no options
        }
    }

    /** Writes normalizer, pre-tokenizer and decoder into a definition, in the native library's form. */
    void write(Map<String, Object> definition) {
        definition.put("normalizer", sequence("normalizers", normalizers));
        definition.put("pre_tokenizer", sequence("pretokenizers", preTokenizers));
        definition.put("decoder", sequence("decoders", decoders));
    }

    private static Map<String, Object> sequence(String key, List<Map<String, Object>> steps) {
        return steps.isEmpty() ? null : Map.of("type", "Sequence", key, steps);
    }

    /** @return the pattern by which a step splits a text into words without dropping any of it; null for other steps */
    static WordPattern words(Map<String, Object> step) {
        boolean keepsAll = step.get("behavior").equals("Isolated") && !(boolean) step.get("invert");
        return keepsAll && step.get("pattern") instanceof Map<?, ?> pattern && pattern.get("Regex") instanceof String regex
                ? WordPattern.of(regex) : null;
    }
}
