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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.tensor.Shape;

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
    @ValueSource(strings = {"llama", "llama-biased", "llama-yarn", "qwen2", "qwen3", "gemma2", "gemma3", "gpt2", "phi3",
        "phi3-long", "olmo2", "smollm3"})
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

    /** Rows in another order, or columns in their place: as products need them, each is widened to the same floats. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-half", "gpt2-half"})
    void matricesThatStayPackedAreThoseOfTheSameModelInHuggingFacesLayout(String name) throws IOException {
        int packed = 0;
        try (ModelFiles model = ModelFiles.open(RESOURCES.resolve(name).resolve("model.gguf"));
                ModelFiles expected = ModelFiles.open(RESOURCES.resolve(name));
                Weights weights = model.weights();
                Weights theirs = expected.weights()) {
            for (String tensor : theirs.names()) {
                assertEquals(weights.dtype(tensor).equals("F16"), weights.packed(tensor).isPresent(), tensor);
                if (weights.packed(tensor).isPresent()) {
                    PackedMatrix matrix = weights.packed(tensor).get();
                    Shape shape = matrix.shape();
                    assertArrayEquals(theirs.dimensions(tensor), new int[] {shape.rows(), shape.columns()}, tensor);
                    assertEquals(2 * shape.size(), matrix.bytes());
                    assertArrayEquals(theirs.read(tensor), widened(matrix), tensor);
                    packed++;
                }
            }
        }
        assertEquals(name.startsWith("llama") ? 9 : 6, packed);
    }

    private static float[] widened(PackedMatrix matrix) {
        Shape stored = matrix.transposed() ? matrix.shape().transposed() : matrix.shape();
        float[] elements = new float[(int) stored.size()];
        float[] row = new float[stored.columns()];
        for (int i = 0; i < stored.rows(); i++) {
            matrix.widen(i, 0, row.length, row, 0);
            for (int j = 0; j < row.length; j++) {
                elements[matrix.transposed() ? j * stored.rows() + i : i * row.length + j] = row[j];
            }
        }
        return elements;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bert        | general.architecture: \"bert\" is not supported, only gemma2, gemma3, gpt2, llama, olmo2, phi3",
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
        "gpt2 | tekken   | tokenizer.ggml.pre: \"tekken\" is not supported, only dbrx, gpt-2, gpt-4o, llama-bpe, qwen2",
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

    @Test
    void howTokensAreChosenIsWrittenAsTheFileSaysIt() throws IOException {
        assertEquals(Map.of("eos_token_id", Set.of(), "do_sample", false), generation(GgufBytes.of(0, 3)));
        assertEquals(Map.of("eos_token_id", Set.of(), "do_sample", true, "temperature", 2.0, "top_p", 1.0),
                generation(GgufBytes.of(0, 5).value("general.sampling.temp", 2).value("general.sampling.top_p", 1)));
        assertEquals(Map.of("eos_token_id", Set.of(), "do_sample", true, "top_k", 20.0, "repetition_penalty", 2.0),
                generation(GgufBytes.of(0, 5).value("general.sampling.top_k", 20)
                        .value("general.sampling.penalty_repeat", 2)));
        assertEquals(false, generation(GgufBytes.of(0, 4).value("general.sampling.temp", 0)).get("do_sample"));
    }

    /** @param bytes of a file to which a tokenizer is still to be added, three values */
    private Map<?, ?> generation(GgufBytes bytes) throws IOException {
        bytes.value("general.architecture", "llama").value("tokenizer.ggml.model", "llama")
                .text("tokenizer.ggml.tokens").int32(GgufBytes.ARRAY).int32(GgufBytes.STRING).int64(1).text("a");
        try (Gguf file = Gguf.open(file(bytes))) {
            return (Map<?, ?>) new GgufTokenizer(file.metadata()).files().get("generation_config.json");
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
