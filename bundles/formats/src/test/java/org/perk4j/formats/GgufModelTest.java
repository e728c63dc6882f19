package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same models as transformers and as llama.cpp's converter store them: tools/gguf_reference.py. That they compute the
 * same is tested where the models are.
 */
class GgufModelTest {

    private static final Path RESOURCES = Path.of("src/test/resources/gguf");
    /** The tensor of the embedding, one row of one element. */
    private static final String EMBEDDING = "token_embd.weight";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-biased", "llama-yarn", "qwen2", "qwen3", "gemma2", "gemma3", "gpt2"})
    void weightsAreThoseOfTheSameModelInHuggingFacesLayout(String name) throws IOException {
        try (ModelFiles model = ModelFiles.open(RESOURCES.resolve(name).resolve("model.gguf"));
                ModelFiles expected = ModelFiles.open(RESOURCES.resolve(name));
                Weights weights = model.weights();
                Weights theirs = expected.weights()) {
            assertEquals(theirs.names(), weights.names());
            for (String tensor : theirs.names()) {
                assertArrayEquals(theirs.dimensions(tensor), weights.dimensions(tensor), tensor);
                float rounding = name.startsWith("gemma") && tensor.endsWith("norm.weight") ? 1e-7f : 0; // 1 was added
                assertArrayEquals(theirs.read(tensor), weights.read(tensor), rounding, tensor);
                assertEquals("F32", weights.dtype(tensor));
            }
            assertEquals(expected.config().get("model_type"), model.config().get("model_type"));
            assertTrue(model.mostWeights() >= expected.mostWeights() / 5);
            assertEquals(Fingerprint.of(model.path()), model.fingerprint());
            assertFalse(model.hasChatTemplate());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bert        | general.architecture: \"bert\" is not supported, only gemma2, gemma3, gpt2, llama, qwen2, qwen3",
        "llama       | llama.embedding_length: is missing",
    })
    void whatIsNoKnownModelIsRefused(String architecture, String problem) throws IOException {
        assertRefused(GgufBytes.of(1, 1).value("general.architecture", architecture).tensor(EMBEDDING, 0, 0, 1).data(4),
                problem);
    }

    @Test
    void whatMightChangeTheModelAndIsNotKnownIsRefused() throws IOException {
        assertRefused(GgufBytes.of(0, 2).value("general.architecture", "llama").value("llama.logit_scale", 2),
                "llama.logit_scale: is not known");
        assertRefused(GgufBytes.of(0, 2).value("general.architecture", "llama").value("split.count", 2),
                "split.count: the model is spread over 2 files");
        assertRefused(llama(1).value("llama.expert_count", 8).tensor(EMBEDDING, 0, 0, 4, 3).data(48),
                "llama.expert_count: 8 is not supported, only 0");
        assertRefused(llama(1).value("llama.rope.dimension_count", 2).tensor(EMBEDDING, 0, 0, 4, 3).data(48),
                "llama.rope.dimension_count: 2 is not supported, only 4");
        assertRefused(llama(1).value("llama.rope.scaling.type", "longrope").tensor(EMBEDDING, 0, 0, 4, 3).data(48),
                "longrope is not supported, only none");
    }

    @Test
    void aTensorThatIsNotKnownIsRefused() throws IOException {
        Path file = file(llama(0, 2).tensor(EMBEDDING, 0, 0, 4, 3).tensor("blk.0.ffn_gate_inp.weight", 0, 64, 4).data(96));
        try (ModelFiles model = ModelFiles.open(file)) {
            assertEquals(3.0, model.config().get("vocab_size"));
            String message = assertThrows(FileFormatException.class, model::weights).getMessage();
            assertTrue(message.contains("tensor \"blk.0.ffn_gate_inp.weight\": is not known"), message);
        }
    }

    /** One whose embedding follows, to which so many values are still to be added. */
    private static GgufBytes llama(int further) {
        return llama(further, 1);
    }

    private static GgufBytes llama(int further, int tensors) {
        return GgufBytes.of(tensors, 6 + further).value("general.architecture", "llama").value("llama.embedding_length", 4)
                .value("llama.attention.head_count", 1).value("llama.block_count", 1).value("llama.context_length", 8)
                .value("llama.feed_forward_length", 8);
    }

    @Test
    void aTokenizerIsWrittenForItsReadersAndRemoved() throws IOException {
        Path written;
        try (ModelFiles model = ModelFiles.open(RESOURCES.resolve("llama").resolve("model.gguf"))) {
            written = model.tokenizerFolder();
            assertEquals(written, model.tokenizerFolder());
            Map<?, ?> tokenizer = Json.readObject(written.resolve("tokenizer.json"));
            assertEquals(List.of("a b"), ((Map<?, ?>) tokenizer.get("model")).get("merges"));
            assertEquals("<|endoftext|>", Json.readObject(written.resolve("tokenizer_config.json")).get("eos_token"));
            assertEquals(List.of(0.0), Json.readObject(written.resolve("generation_config.json")).get("eos_token_id"));
        }
        assertTrue(Files.notExists(written));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bert | none     | tokenizer.ggml.model: \"bert\" is not supported, only gpt2 and llama",
        "gpt2 | tekken   | tokenizer.ggml.pre: \"tekken\" is not supported, only gpt-2, llama-bpe, qwen2 and smollm",
    })
    void aTokenizerThatIsNotKnownIsRefused(String model, String words, String problem) throws IOException {
        GgufBytes bytes = GgufBytes.of(0, 4).value("general.architecture", "llama").value("tokenizer.ggml.model", model)
                .value("tokenizer.ggml.pre", words)
                .text("tokenizer.ggml.tokens").int32(GgufBytes.ARRAY).int32(GgufBytes.STRING).int64(1).text("a");
        try (Gguf file = Gguf.open(file(bytes))) {
            String message = assertThrows(FileFormatException.class, () -> new GgufTokenizer(file.metadata()).files())
                    .getMessage();
            assertTrue(message.contains(problem), message);
        }
    }

    private void assertRefused(GgufBytes bytes, String problem) throws IOException {
        Path file = file(bytes);
        String message = assertThrows(IOException.class, () -> ModelFiles.open(file)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(problem), message);
    }

    private Path file(GgufBytes bytes) throws IOException {
        return Files.write(folder.resolve("model.gguf"), bytes.toBytes());
    }
}
