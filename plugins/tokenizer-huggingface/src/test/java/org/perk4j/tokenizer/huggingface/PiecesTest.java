package org.perk4j.tokenizer.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;
import org.perk4j.plugin.NoOptions;

/** Texts in pieces have the tokens of the whole text. */
class PiecesTest {

    private static final Path REFERENCE = Path.of("src/test/resources/tokenizer");

    /** What any pattern or normalizer might see as one with its neighbours. */
    private static final List<String> PARTS = List.of(" ", " ", " ", "  ", "\n", "\n", "\r\n", "\r", "\t", "\u000b",
            "\u0085", "\u00a0", "\u2009", "\u2028", "\u3000", "a", "b", "the", "ing", "S", "'s", "'", "'RE", "'l", "1", "23",
            "456", ".", "!?", "-", "_", "\u2581", "\u2581\u2581", "\u0301", "\u0308", "\u00b4", "é", "ß", "İ", "Σ", "東",
            "京都", "。", "か", "\u3099", "한", "\u1112\u1161", "\u11ab", "ر", "\ud83d\ude42", "\u200d", "<sep>", "<pad>",
            "<tool_call>", "<s>", "</s>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "\u0000", "\ufeff", "\uff01",
            "x".repeat(20), "\t\t \n");

    @TempDir
    private Path folder;

    static Stream<String> forms() {
        return Stream.of("json", "added", "prefixed", "smollm2", "qwen2", "llama3", "llama2", "metaspace");
    }

    @ParameterizedTest
    @MethodSource("forms")
    void piecesHaveTheTokensOfTheWhole(String form) throws IOException {
        assertSameInPieces(open(REFERENCE.resolve(form)), 1500);
    }

    /** The same steps with others before and around them, as models have them too. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{\"normalizer\": {\"type\": \"NFKC\"}}",
        "{\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFD\"}, {\"type\": \"Lowercase\"}]}}",
        "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": ["
                + "{\"type\": \"Punctuation\", \"behavior\": \"Contiguous\"},"
            + "{\"type\": \"Digits\", \"individual_digits\": false}, {\"type\": \"ByteLevel\"}]}}",
        "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"behavior\": \"Isolated\","
            + "\"pattern\": {\"Regex\": \" ?\\\\p{L}+\\\\.?|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+\"}}, {\"type\":"
            + "\"ByteLevel\", \"use_regex\": false}]}}",
        "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"behavior\": \"Isolated\","
            + "\"pattern\": {\"Regex\": \"'(?:[sdmt]|ll|ve|re)| ?\\\\p{L}+| ?\\\\p{N}+|"
            + " ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+(?!\\\\S)|\\\\s+\"}}, {\"type\": \"ByteLevel\", \"use_regex\": false,"
            + "\"add_prefix_space\": true}]}}"})
    void otherStepsMakeNoDifference(String changes) throws IOException {
        NativeTokenizer tokenizer = changed("json", changes);
        assertTrue(tokenizer.pieces().atSpaces());
        assertSameInPieces(tokenizer, 1000);
    }

    /** Where it isn't known what a step makes of a cut there is none, unless a text is too long. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"a b\"}, \"content\": \"\"}}",
        "{\"pre_tokenizer\": {\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": \"[\\\\w ]+\"}}}",
        "{\"pre_tokenizer\": {\"type\": \"ByteLevel\", \"use_regex\": false}}",
        "{\"pre_tokenizer\": null}",
        "{\"added_tokens\": [{\"id\": 400, \"content\": \"a b\"}]}",
        "{\"added_tokens\": [{\"id\": 400, \"content\": \"<x>\", \"rstrip\": true}]}"})
    void elsewhereTextsAreLeftWhole(String changes) throws IOException {
        NativeTokenizer tokenizer = changed("json", changes);
        assertSameInPieces(tokenizer, 10);
        String text = "a b\nc d ".repeat(10);
        assertEquals(List.of(text), tokenizer.pieces().of(text, 4, text.length()));
    }

    @Test
    void spacesWithinTokensForbidCuts() throws IOException {
        Map<String, Object> definition = Json.readObject(REFERENCE.resolve("metaspace/tokenizer.json"));
        Map<String, Object> model = new LinkedHashMap<>(asMap(definition.get("model")));
        Map<String, Object> vocabulary = new LinkedHashMap<>(asMap(model.get("vocab")));
        vocabulary.put("a\u2581b", 420.0);
        model.put("vocab", vocabulary);
        assertEquals(1, changed("metaspace", Json.writeLine(Map.of("model", model))).pieces().of("a b ".repeat(9), 4, 99)
                .size());
    }

    /** The native library gives up where a pattern has ten million tries, and takes the process with it. */
    @Test
    void noPieceIsTooLongForTheLibrary() throws IOException {
        NativeTokenizer tokenizer = open(REFERENCE.resolve("llama3"));
        for (String filling : List.of(" ", "\n", "x", "東", "\ud83d\ude42", " \n")) {
            String text = "x" + filling.repeat(4_000_000 / filling.length()) + "x";
            List<String> pieces = tokenizer.pieces().of(text);
            assertEquals(text, String.join("", pieces));
            assertTrue(pieces.stream().allMatch(piece -> piece.length() <= 1 << 20
                    && !Character.isLowSurrogate(piece.charAt(0))), filling);
        }
        String longest = " ".repeat(1 << 20);
        assertEquals(longest, tokenizer.decode(tokenizer.encode(longest)));
    }

    /** It goes back over capitals: once for each of two alternatives. */
    @Test
    void theLongestWordsOfGpt4oAreNotTooLongEither() throws IOException {
        Map<String, Object> split = Map.of("type", "Split", "behavior", "Isolated", "pattern",
                Map.of("Regex", WordPattern.GPT_4O));
        NativeTokenizer tokenizer = changed("json", Json.writeLine(Map.of("pre_tokenizer", Map.of("type", "Sequence",
                "pretokenizers", List.of(split, Map.of("type", "ByteLevel", "use_regex", false))))));
        assertTrue(tokenizer.pieces().atSpaces());
        assertSameInPieces(tokenizer, 1000);
        for (String filling : List.of("X", "x", "Xx", "東", "\u0301", "X\u0301", "X'", "/", "\n", " ")) {
            String longest = filling.repeat((1 << 20) / filling.length());
            assertEquals(longest, tokenizer.decode(tokenizer.encode(longest)), filling);
        }
    }

    private static NativeTokenizer open(Path folder) throws IOException {
        return (NativeTokenizer) new HuggingFaceTokenizers().open(folder, new NoOptions());
    }

    private NativeTokenizer changed(String form, String changes) throws IOException {
        Map<String, Object> definition =
                new LinkedHashMap<>(Json.readObject(REFERENCE.resolve(form).resolve("tokenizer.json")));
        definition.putAll(Json.parseObject(changes));
        Files.writeString(folder.resolve("tokenizer.json"), Json.write(definition));
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 0}");
        return open(folder);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object object) {
        return (Map<String, Object>) object;
    }

    private static void assertSameInPieces(NativeTokenizer tokenizer, int texts) {
        SplittableRandom random = new SplittableRandom(1);
        int cuts = 0;
        for (int i = 0; i < texts; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(1, 60); length > 0; length--) {
                text.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            String whole = text.toString();
            List<String> pieces = tokenizer.pieces().of(whole, random.nextInt(2, 8), whole.length());
            cuts += pieces.size() - 1;
            assertArrayEquals(tokenizer.encodeAtOnce(whole),
                    pieces.stream().flatMapToInt(piece -> IntStream.of(tokenizer.encodeAtOnce(piece))).toArray(),
                    () -> Json.writeLine(pieces));
        }
        assertTrue(cuts > texts / 3 || !tokenizer.pieces().atSpaces(), () -> "hardly any cut in " + texts + " texts");
    }
}
