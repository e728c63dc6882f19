package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.Json;
import org.perk4j.formats.ModelFiles;
import org.perk4j.formats.Weights;
import org.perk4j.inference.BaseModel;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.gemma2.Gemma2;
import org.perk4j.model.gemma3.Gemma3;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.olmo2.Olmo2;
import org.perk4j.model.phi3.Phi3;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.model.qwen3.Qwen3;
import org.perk4j.model.smollm3.SmolLm3;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;
import org.perk4j.tokenizer.huggingface.HuggingFaceTokenizers;

/**
 * Models in GGUF files, which tools/gguf_reference.py wrote, compute what the same models in Hugging Face's layout do. A
 * whole one has the tokens of Hugging Face's tokenizer, and the logits that transformers computes with its weights.
 */
class GgufTest {

    /** A GGUF file too large to be checked in, such as that of SmolLM2, and what others made of it. */
    private static final String FILE = System.getProperty("perk.gguf");
    private static final String REFERENCE = System.getProperty("perk.gguf.reference");

    private static final Path SMALL = Path.of("../bundles/formats/src/test/resources/gguf");
    private static final Path WHOLE = Path.of("src/test/resources/gguf");

    private static final Map<String, ModelType> TYPES = Map.of("llama", new Llama(), "qwen2", new Qwen2(), "qwen3",
            new Qwen3(), "gemma2", new Gemma2(), "gemma3_text", new Gemma3(), "gpt2", new Gpt2(), "phi3", new Phi3(),
            "olmo2", new Olmo2(), "smollm3", new SmolLm3());

    @ParameterizedTest
    @CsvSource({"llama", "llama-biased", "llama-yarn", "qwen2", "qwen3", "gemma2", "gemma3", "gpt2", "phi3", "phi3-long",
        "olmo2", "smollm3"})
    void aModelComputesWhatItDoesInHuggingFacesLayout(String name) throws IOException {
        int[] prompt = {5, 17, 36, 0, 3, 8, 30, 12, 9, 21};
        double[] expected = logits(SMALL.resolve(name), prompt);
        assertArrayEquals(expected, logits(SMALL.resolve(name).resolve("model.gguf"), prompt), 1e-5);
    }

    private static double[] logits(Path path, int... prompt) throws IOException {
        try (ModelFiles files = ModelFiles.open(path); Weights weights = files.weights()) {
            Model model = TYPES.get(files.config().get("model_type")).create(files.config());
            return logits(model, weights, DType.FLOAT64, prompt);
        }
    }

    private static double[] logits(Model model, Weights weights, DType type, int... prompt) throws IOException {
        try (Compute compute = new JavaCompute(type)) {
            List<String> names = new ArrayList<>();
            List<Tensor> tensors = new ArrayList<>();
            for (ParameterSpec parameter : model.parameters()) {
                names.add(parameter.name());
                tensors.add(compute.upload(parameter.shape(), FloatBuffer.wrap(weights.read(parameter.name()))));
            }
            return logits(model, compute, new Parameters(names, tensors), prompt);
        }
    }

    private static double[] logits(Model model, Compute compute, Parameters weights, int... prompt) {
        Tensor hidden = model.hidden(compute, weights, Tokens.of(List.of(prompt)), Adaptation.NONE);
        return compute.download(model.logits(compute, weights, hidden));
    }

    @Test
    void aWholeModelHasTheTokensAndLogitsOfTransformers() throws IOException {
        check(WHOLE.resolve("model.gguf"), WHOLE.resolve("reference.json"), DType.FLOAT64, 1e-4);
    }

    /** Quantized weights, and those in half precision and bfloat16, stay as they are in the file, which is mapped. */
    @Test
    void weightsStayAsStoredInMemory() throws IOException {
        check(WHOLE.resolve("model.gguf"), WHOLE.resolve("reference.json"));
    }

    @Test
    void thoseOfALargeFileDoToo() throws IOException {
        assumeTrue(FILE != null && REFERENCE != null, "neither perk.gguf nor its reference is named");
        check(Path.of(FILE), Path.of(REFERENCE));
    }

    private static void check(Path file, Path reference) throws IOException {
        Map<?, ?> expected = Json.readObject(reference);
        try (BaseModel base = BaseModel.open(file, new Installed()); Compute compute = new JavaCompute(DType.FLOAT32)) {
            Parameters weights = base.upload(compute);
            long held = compute.memory().liveBytes();
            assertTrue(held <= 1.15 * Files.size(file), held + " bytes of " + Files.size(file));
            assertEquals(held, compute.memory().peakBytes());
            double[] logits = logits(base.model(), compute, weights, ints(expected.get("prompt")));
            double[] theirs = doubles(expected.get("logits"));
            assertArrayEquals(theirs, Arrays.copyOfRange(logits, logits.length - theirs.length, logits.length), 2e-3);
        }
    }

    /** Named by -Dperk.gguf and -Dperk.gguf.reference. */
    @Test
    void aLargeFileHasThemToo() throws IOException {
        assumeTrue(FILE != null && REFERENCE != null, "neither perk.gguf nor its reference is named");
        check(Path.of(FILE), Path.of(REFERENCE), DType.FLOAT32, 2e-3);
    }

    private static void check(Path file, Path reference, DType type, double tolerance) throws IOException {
        Map<?, ?> expected = Json.readObject(reference);
        try (BaseModel base = BaseModel.open(file, new Installed()); ModelFiles files = ModelFiles.open(file);
                Weights weights = files.weights()) {
            checkTokens(base, expected);
            assertTrue(base.tokenizer().endsOfAnswer().containsAll(Set.of(base.tokenizer().endOfText())));
            assertTrue(files.hasChatTemplate());
            double[] logits = logits(base.model(), weights, type, ints(expected.get("prompt")));
            double[] theirs = doubles(expected.get("logits"));
            double[] last = Arrays.copyOfRange(logits, logits.length - theirs.length, logits.length);
            assertArrayEquals(theirs, last, tolerance);
        }
    }

    private static void checkTokens(BaseModel base, Map<?, ?> expected) {
        for (Object each : (List<?>) expected.get("texts")) {
            Map<?, ?> text = (Map<?, ?>) each;
            assertArrayEquals(ints(text.get("tokens")), base.tokenizer().encode((String) text.get("text")),
                    () -> "tokens of " + Json.writeLine(text.get("text")));
        }
        assertEquals(expected.get("end"), (double) base.tokenizer().endOfText());
    }

    /** The file has pieces and scores; the tokens are those of SentencePiece, in which transformers agrees. */
    @Test
    void aTokenizerOfSentencePieceHasItsTokens() throws IOException {
        Map<?, ?> expected = Json.readObject(WHOLE.resolve("pieces/reference.json"));
        try (BaseModel base = BaseModel.open(WHOLE.resolve("pieces/model.gguf"), new Installed())) {
            checkTokens(base, expected);
            assertArrayEquals(ints(List.of(expected.get("begin"))), base.tokenizer().beginOfText());
        }
    }

    private static int[] ints(Object list) {
        return ((List<?>) list).stream().mapToInt(each -> ((Double) each).intValue()).toArray();
    }

    private static double[] doubles(Object list) {
        return ((List<?>) list).stream().mapToDouble(each -> (Double) each).toArray();
    }

    /** Models and the tokenizer, as if they were installed. */
    private static final class Installed implements Plugins {

        @Override
        public <T> Lease<T> lease(Class<T> kind, String type) {
            Object plugin = kind == TokenizerFormat.class ? new HuggingFaceTokenizers() : TYPES.get(type);
            return new Lease<>() {

                @Override
                public T get() {
                    return kind.cast(plugin);
                }

                @Override
                public String bundle() {
                    return "test 1.0.0";
                }

                @Override
                public void close() {
                }
            };
        }

        @Override
        public List<String> types(Class<?> kind) {
            return List.copyOf(TYPES.keySet());
        }
    }
}
