package org.perk4j.tokenizer.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.plugin.NoOptions;

/**
 * What the native library is never given, since it ends the process. A test of this class that fails may do so by taking the
 * process with it.
 */
class ComponentsTest {

    private static final Path REFERENCE = Path.of("src/test/resources/tokenizer");

    private static final List<String> TEXTS = List.of("", " ", "a",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
            "Mary went to the kitchen.\n\n  They've 1234 \u00b4\u0308 東京 \ud83d\ude42", "\u0000 \u2581 \r\n");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "normalizer | {'type': 'Precompiled', 'precompiled_charsmap': ''} | normalizer.type: 'Precompiled' is not "
                + "supported, only NFC",
        "normalizer | {'type': 'Prepend', 'prepend': ''} | normalizer.prepend: '' is not a string of at least one character",
        "normalizer | {'type': 'Replace', 'pattern': {'String': ''}, 'content': 'x'} | normalizer.pattern.String: '' is not",
        "normalizer | {'type': 'Replace', 'pattern': {'Regex': '(a+)+$'}, 'content': 'x'} | normalizer.pattern.String: "
        + "null is not", "normalizer | {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}, {'type': 'Nmt'}]} | "
        + "normalizer.normalizers[1].type: 'Nmt' is",
        "normalizer | {'type': 'Sequence'} | normalizer.normalizers: null is not a list",
        "normalizer | 'NFC' | normalizer: 'NFC' is not an object",
        "normalizer | {'type': 'NFC', 'strength': 2} | normalizer.strength: 2 is not a supported option",
        "pre_tokenizer | {'type': 'FixedLength', 'length': 0} | pre_tokenizer.type: 'FixedLength' is not "
        + "supported, only ByteLevel",
        "pre_tokenizer | {'type': 'Split', 'behavior': 'Isolated', 'pattern': {'Regex': '(a+)+$'}} | "
        + "pre_tokenizer.pattern.Regex:"
            + " '(a+)+$' is not known to process every text quickly",
        "pre_tokenizer | {'type': 'Split', 'behavior': 'Isolated', 'pattern': {'String': ''}} | "
        + "pre_tokenizer.pattern.String: '' is",
        "pre_tokenizer | {'type': 'Split', 'behavior': 'Lost', 'pattern': {'String': ' '}} | pre_tokenizer.behavior: "
        + "'Lost' is not", "pre_tokenizer | {'type': 'Metaspace', 'replacement': '__'} | pre_tokenizer.replacement: '__' "
        + "is more than one character",
        "pre_tokenizer | {'type': 'Metaspace', 'replacement': '_', 'prepend_scheme': 'x'} | pre_tokenizer.prepend_scheme: "
        + "'x' is not", "pre_tokenizer | {'type': 'ByteLevel', 'use_regex': 'no'} | pre_tokenizer.use_regex: 'no' is not "
        + "true or false", "pre_tokenizer | {'type': 'Sequence', 'pretokenizers': [7]} | pre_tokenizer.pretokenizers[0]: 7 "
        + "is not an object", "decoder | {'type': 'Strip', 'content': ' ', 'start': 0, 'stop': 9} | decoder.stop: 9 is not "
        + "a whole number from 0 to 0", "decoder | {'type': 'Replace', 'pattern': {'String': ''}, 'content': ' '} | "
                + "decoder.pattern.String: '' is not a string",
        "decoder | {'type': 'CTC'} | decoder.type: 'CTC' is not supported, only ByteLevel",
        "post_processor | {'type': 'Unheard'} | post_processor.type: 'Unheard' is not supported, only ByteLevel",
        "post_processor | {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 's'}}], 'special_tokens':"
            + "{'s': {'ids': [9999]}}} | post_processor.special_tokens.s.ids: [9999] is not a token",
        "model | {'type': 'Unigram', 'vocab': [['<eos>', 0]]} | no tokens in it",
        "model | {'type': 'WordPiece', 'vocab': {'<eos>': 0}} | model.type: 'WordPiece' is not supported, only BPE",
        "model | {'type': 'BPE', 'vocab': {'<eos>': 0}, 'merges': [], 'dropout': 0.1} | model.dropout: 0.1 makes "
        + "tokens random",
        "model | {'type': 'BPE', 'vocab': {'<eos>': 0}, 'merges': [], 'unk_token': 'u'} | "
                + "model.unk_token: 'u' is not in the",
        "model | {'type': 'BPE', 'vocab': {'<eos>': 0}, 'merges': [], 'continuing_subword_prefix': '##'} |"
            + " model.continuing_subword_prefix: '##' is not supported",
        "added_tokens | [{'id': 1, 'content': ''}] | added_tokens[0].content: '' is not a string of at least one character"})
    void isRefusedByName(String key, String value, String expected) throws IOException {
        Map<String, Object> definition = definition("json");
        if (key.equals("model")) {
            definition.put("added_tokens", null);
        }
        definition.put(key, Json.parseObject("{\"it\": " + value.replace('\'', '"') + "}").get("it"));
        Path file = write(definition);
        String message = assertThrows(IOException.class, () -> new HuggingFaceTokenizers().open(folder, new NoOptions()))
                .getMessage();
        assertTrue(message.startsWith(file + ": " + expected.replace('\'', '"')) && !message.contains("\n"), message);
    }

    /** What other models have besides: one character of a kind, once or several times. */
    @ParameterizedTest
    @ValueSource(strings = {"[\\r\\n]", "\\p{N}{1,3}", "[一-龥ࠀ-一가-퟿]+", "\\d", " ", "[^\\s\\p{L}]+"})
    void simplePatternsAreTaken(String regex) throws IOException {
        Map<String, Object> definition = definition("json");
        definition.put("pre_tokenizer", Map.of("type", "Sequence", "pretokenizers", List.of(
                Map.of("type", "Split", "behavior", "Isolated", "pattern", Map.of("Regex", regex)),
                Map.of("type", "ByteLevel", "use_regex", false))));
        write(definition);
        Tokenizer tokenizer = new HuggingFaceTokenizers().open(folder, new NoOptions());
        TEXTS.forEach(text -> assertEquals(text, tokenizer.decode(tokenizer.encode(text))));
    }

    /** Any part of the definition, vocabulary and merges aside, replaced by something else. */
    @ParameterizedTest
    @ValueSource(strings = {"json", "smollm2", "llama3", "llama2", "metaspace"})
    void whateverElseStandsThereIsRefusedOrHarmless(String form) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int i = 0; i < 80; i++) {
            Map<String, Object> definition = definition(form);
            List<Runnable> changes = new ArrayList<>();
            collect(definition, random, changes);
            changes.get(random.nextInt(changes.size())).run();
            write(definition);
            try {
                Tokenizer tokenizer = new HuggingFaceTokenizers().open(folder, new NoOptions());
                TEXTS.forEach(text -> tokenizer.decode(tokenizer.encode(text)));
            } catch (FileFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > 10 && refused < 80, refused + " refused");
    }

    @SuppressWarnings("unchecked")
    private static void collect(Object part, SplittableRandom random, List<Runnable> changes) {
        List<Object> others =
                new ArrayList<>(List.of("", "a", " ", "\u2581", "(a+)+$", 0.0, 1.0, -1.0, 1e9, 0.5, true, false,
                List.of(), Map.of(), "FixedLength", "Precompiled", "Strip", "Prepend", "Replace", "Isolated"));
        others.add(null);
        if (part instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (!List.of("vocab", "merges").contains(key)) {
                    changes.add(() -> ((Map<String, Object>) map)
                            .put((String) key, others.get(random.nextInt(others.size()))));
                    collect(value, random, changes);
                }
            });
        } else if (part instanceof List<?> list) {
            list.forEach(each -> collect(each, random, changes));
        }
    }

    @Test
    void aDeeplyNestedSequenceIsTakenApart() throws IOException {
        Object normalizer = Map.of("type", "NFC");
        for (int i = 0; i < 30; i++) {
            normalizer = Map.of("type", "Sequence", "normalizers", List.of(normalizer));
        }
        Map<String, Object> definition = definition("json");
        definition.put("normalizer", normalizer);
        write(definition);
        assertEquals("\u00e9", new HuggingFaceTokenizers().open(folder, new NoOptions()).decode(
                new HuggingFaceTokenizers().open(folder, new NoOptions()).encode("e\u0301")));
    }

    private static Map<String, Object> definition(String form) throws IOException {
        return new LinkedHashMap<>(Json.readObject(REFERENCE.resolve(form).resolve("tokenizer.json")));
    }

    private Path write(Map<String, Object> definition) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 0}");
        return Files.writeString(folder.resolve("tokenizer.json"), Json.write(definition));
    }
}
