package org.perk4j.tokenizer.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Json;
import org.perk4j.plugin.NoOptions;

/** Compares with what Hugging Face's own library does: see {@code tools/tokenizer_reference.py}. */
class HuggingFaceTokenizersTest {

    private static final Path REFERENCE = Path.of("src/test/resources/tokenizer");

    private final HuggingFaceTokenizers format = new HuggingFaceTokenizers();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"json", "vocab", "added", "prefixed", "prefixed-json", "smollm2", "qwen2", "llama3", "llama2",
        "metaspace"})
    void encodesAndDecodesAsHuggingFaceDoes(String form) throws IOException {
        Map<String, Object> expected = Json.readObject(REFERENCE.resolve(form).resolve("expected.json"));
        Tokenizer tokenizer = open(REFERENCE.resolve(form));
        assertEquals(expected.get("vocabulary"), (double) tokenizer.vocabulary());
        assertEquals(expected.get("endOfText"), (double) tokenizer.endOfText());
        assertArrayEquals(ints(expected.get("begin")), tokenizer.beginOfText());
        for (Object each : (List<?>) expected.get("cases")) {
            Map<?, ?> example = (Map<?, ?>) each;
            int[] ids = ints(example.get("ids"));
            assertArrayEquals(ids, tokenizer.encode((String) example.get("text")), () -> example.get("text").toString());
            assertArrayEquals(ints(example.get("specialFound")), tokenizer.encodeWithSpecial((String) example.get("text")),
                    () -> example.get("text").toString());
            assertEquals(example.get("decoded"), tokenizer.decode(ids));
            int[] complete = Stream.of(tokenizer.beginOfText(), ids, new int[] {tokenizer.endOfText()})
                    .flatMapToInt(IntStream::of).toArray();
            assertEquals(example.get("withSpecial"), tokenizer.decode(complete));
        }
    }

    /** Where transformers looks for them, in that order. */
    @Test
    void chatTemplatesAreFoundInTheModelsFiles() throws IOException {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(REFERENCE.resolve("llama2").resolve(file), folder.resolve(file));
        }
        assertTrue(open(folder).chatFormat().isEmpty());
        Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"oldest\"}");
        assertEquals("oldest", open(folder).chatFormat().orElseThrow().template());
        Map<String, Object> settings = new LinkedHashMap<>(Json.readObject(folder.resolve("tokenizer_config.json")));
        settings.put("chat_template", List.of(Map.of("name", "tool_use", "template", "tools"),
                Map.of("name", "default", "template", "one of several")));
        Files.writeString(folder.resolve("tokenizer_config.json"), Json.write(settings));
        assertEquals("one of several", open(folder).chatFormat().orElseThrow().template());
        Files.writeString(folder.resolve("chat_template.jinja"), "newest");
        assertEquals("newest", open(folder).chatFormat().orElseThrow().template());
        assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>"),
                open(folder).chatFormat().orElseThrow().tokens());
        assertEquals(Set.of("<s>", "</s>", "<unk>"), open(folder).special());
    }

    private static int[] ints(Object numbers) {
        return ((List<?>) numbers).stream().mapToInt(number -> ((Double) number).intValue()).toArray();
    }

    /** Waiting for the garbage collector, to which they are some bytes each, they would pile up by the megabyte. */
    @Test
    void theNativePartOfEachIsDeletedAsItIsClosed() throws IOException {
        open(REFERENCE.resolve("json")).close(); // loads the library
        TokenizerDefinition definition = TokenizerDefinition.read(REFERENCE.resolve("json"));
        AtomicInteger living = new AtomicInteger();
        for (int i = 0; i < 1000; i++) {
            NativeTokenizer tokenizer = new NativeTokenizer(definition, handle -> {
                TokenizersLibrary.LIB.deleteTokenizer(handle);
                living.decrementAndGet();
            });
            living.incrementAndGet();
            tokenizer.encode("Ann has a cat.");
            tokenizer.close();
            tokenizer.close();
            assertEquals(0, living.get());
        }
    }

    /** The native library would read memory that was given back, and abort. */
    @Test
    void aClosedTokenizerIsRefusedAlsoToThoseWhoAreAtIt() throws Exception {
        Tokenizer tokenizer = open(REFERENCE.resolve("json"));
        CountDownLatch begun = new CountDownLatch(2);
        Callable<String> use = () -> {
            while (true) {
                tokenizer.decode(tokenizer.encode("Ann has a cat."));
                begun.countDown();
            }
        };
        ExecutorService users = Executors.newFixedThreadPool(2);
        try {
            List<Future<String>> uses = List.of(users.submit(use), users.submit(use));
            begun.await();
            tokenizer.close();
            tokenizer.close();
            for (Future<String> each : uses) {
                assertEquals("this tokenizer is closed",
                        assertThrows(ExecutionException.class, each::get).getCause().getMessage());
            }
        } finally {
            users.shutdown();
        }
    }

    @Test
    void anAnswerEndsWhereAnyFileSaysSo() throws IOException {
        assertEquals(Set.of(0), open(REFERENCE.resolve("json")).endsOfAnswer());
        assertEquals(Set.of(400, 402), open(REFERENCE.resolve("qwen2")).endsOfAnswer());
        assertEquals(Set.of(401, 402), open(REFERENCE.resolve("llama3")).endsOfAnswer());
    }

    @Test
    void theModelsConfigurationNamesTheEndWhereTheTokenizersDoesNot() throws IOException {
        Files.copy(REFERENCE.resolve("llama3/tokenizer.json"), folder.resolve("tokenizer.json"));
        Path config = folder.resolve("config.json");
        Files.writeString(config, "{\"eos_token_id\": 402}");
        assertEquals(402, open(folder).endOfText());
        Files.writeString(config, "{\"eos_token_id\": [50256, 401, 402]}"); // the first is another tokenizer's
        assertEquals(401, open(folder).endOfText());
        assertEquals(Set.of(401, 402), open(folder).endsOfAnswer());
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 402}");
        assertEquals(402, open(folder).endOfText());
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<|end_of_text|>\"}");
        assertEquals(401, open(folder).endOfText());
        Files.writeString(config, "{\"eos_token_id\": \"</s>\"}");
        assertRefused(config + ": eos_token_id: \"</s>\" is neither a token's number nor a list of them");
    }

    @Test
    void twoFilesOfAnUnknownKindAreRefused() throws IOException {
        for (String file : List.of("vocab.json", "merges.txt")) {
            Files.copy(REFERENCE.resolve("vocab").resolve(file), folder.resolve(file));
        }
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
        assertRefused(folder.resolve("vocab.json")
                + ": how a tokenizer of model_type \"llama\" cuts texts into words is not");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"RobertaTokenizer\"}");
        assertRefused(folder.resolve("vocab.json") + ": how a tokenizer of tokenizer_class \"RobertaTokenizer\" cuts");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"GPT2TokenizerFast\"}");
        assertEquals("a b", open(folder).decode(open(folder).encode("a b")));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyTextComesBack(long seed) throws IOException {
        Tokenizer tokenizer = open(REFERENCE.resolve("json"));
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(400); i > 0; i--) {
            int c = random.nextInt(random.nextInt(3) == 0 ? 0x110000 : 0x180);
            text.appendCodePoint(Character.getType(c) == Character.SURROGATE ? ' ' : c);
        }
        int[] tokens = tokenizer.encode(text.toString());
        assertEquals(text.toString(), tokenizer.decode(tokens));
        assertTrue(IntStream.of(tokens).allMatch(token -> token >= 0 && token < tokenizer.vocabulary()));
    }

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    @Test
    void halfACharacterAndUnknownTokensDoNoHarm() throws IOException {
        Tokenizer tokenizer = open(REFERENCE.resolve("json"));
        assertDoesNotThrow(() -> tokenizer.encode("a\ud83db"));
        assertEquals("", tokenizer.decode(1 << 30));
        assertEquals("", tokenizer.decode());
    }

    @Test
    void manyThreadsUseOneTokenizer() throws IOException {
        Tokenizer tokenizer = open(REFERENCE.resolve("json"));
        int[] expected = tokenizer.encode("Mary went to the kitchen.");
        IntStream.range(0, 2000).parallel().forEach(i -> {
            assertArrayEquals(expected, tokenizer.encode("Mary went to the kitchen."));
            assertEquals("Mary went to the kitchen.", tokenizer.decode(expected));
        });
    }

    @Test
    void aLimitInTheFileIsNotApplied() throws IOException {
        Map<String, Object> tokenizer = new LinkedHashMap<>(Json.readObject(REFERENCE.resolve("json/tokenizer.json")));
        tokenizer.put("truncation", Map.of("direction", "Right", "max_length", 4, "strategy", "LongestFirst", "stride", 0));
        Files.writeString(folder.resolve("tokenizer.json"), Json.write(tokenizer));
        assertEquals(300, open(folder).decode(open(folder).encode("x".repeat(300))).length());
    }

    @Test
    void theEndOfTextIsFoundInTheConfiguration() throws IOException {
        Files.copy(REFERENCE.resolve("json/tokenizer.json"), folder.resolve("tokenizer.json"));
        Path config = folder.resolve("tokenizer_config.json");
        int token = open(folder).encode("!")[0];
        Files.writeString(config, "{\"eos_token\": {\"content\": \"!\"}}");
        assertEquals(token, open(folder).endOfText());
        Files.writeString(config, "{\"eos_token\": \"<none>\"}");
        assertRefused(config + ": eos_token \"<none>\" is not in ");
    }

    @Test
    void whatIsMissingOrUnsoundIsNamed() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        assertRefused(folder + ": no tokenizer in it");
        Files.writeString(file, "{");
        assertRefused(file + ": line 1, column 1: the JSON text ends too early");
        Files.writeString(file, "{}");
        assertRefused(file + ": no tokens in it");
        Files.writeString(file, "{\"model\": {\"vocab\": {\"<eos>\": -1}}}");
        assertRefused(file + ": token \"<eos>\": its id -1 is not");
        Files.writeString(file, "{\"model\": {\"vocab\": {\"a\": 0}}}");
        assertRefused(file + ": no token that ends a text");
        Files.writeString(file, "{\"model\": {\"vocab\": {\"<eos>\": 0}}}");
        assertRefused(file + ": not a valid tokenizer (");
        Files.writeString(file, "{\"model\": {\"vocab\": {\"<eos>\": 0}, \"merges\": []}, \"added_tokens\": [{\"id\": 0,"
                + "\"content\": \"<b>\"}]}");
        assertRefused(file + ": the tokens \"<eos>\" and \"<b>\" have the same id, 0");
    }

    /** The native library must answer a damaged definition with an exception, not by taking the process down. */
    @ParameterizedTest
    @MethodSource("damagedModels")
    void aDamagedDefinitionIsRefused(String model) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"),
                "{\"version\": \"1.0\", \"added_tokens\": [], \"normalizer\": null,"
                + "\"pre_tokenizer\": null, \"post_processor\": null, \"decoder\": null, \"model\": " + model + "}");
        assertRefused(folder.resolve("tokenizer.json") + ": ");
    }

    static Stream<String> damagedModels() {
        return Stream.of(
                "{\"type\": \"BPE\", \"vocab\": {\"<eos>\": 0}, \"merges\": [\"a b\"]}",
                "{\"type\": \"BPE\", \"vocab\": {\"<eos>\": 0, \"a\": 1, \"b\": 2}, \"merges\": [\"a b\"]}",
                "{\"type\": \"BPE\", \"vocab\": {\"<eos>\": 0}, \"merges\": [\"ab\"]}",
                "{\"type\": \"BPE\", \"vocab\": {\"<eos>\": 0}, \"merges\": 1}",
                "{\"type\": \"BPE\", \"vocab\": {\"<eos>\": 0.5}, \"merges\": []}",
                "{\"type\": \"Nonsense\", \"vocab\": {\"<eos>\": 0}}",
                "{\"type\": \"Unigram\", \"unk_id\": 7, \"vocab\": [[\"<eos>\", 0]]}");
    }

    private Tokenizer open(Path model) throws IOException {
        return format.open(model, new NoOptions());
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IOException.class, () -> open(folder)).getMessage();
        assertTrue(message.startsWith(expected) && !message.contains("\n"), message);
    }
}
