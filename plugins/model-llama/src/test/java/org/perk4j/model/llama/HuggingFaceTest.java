package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.perk4j.model.llama.Difference.assertClose;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Tokens;
import org.perk4j.model.llama.SmallModel.Reference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Tensor;

/**
 * Against what Hugging Face transformers computes in float64 on the same weights. It has rotary angles and root mean squares
 * in float32 even so, which limits how close the two can be.
 */
class HuggingFaceTest {

    @ParameterizedTest
    @CsvSource({"llama, FLOAT32, 1e-5", "llama, FLOAT64, 3e-6", "llama-tied, FLOAT32, 1e-5", "llama-tied, FLOAT64, 3e-6",
        "llama-biased, FLOAT32, 1e-5", "llama-biased, FLOAT64, 3e-6", "qwen2, FLOAT32, 1e-5", "qwen2, FLOAT64, 3e-6",
        "qwen2-untied, FLOAT32, 1e-5", "qwen2-untied, FLOAT64, 3e-6"})
    void hiddenStatesAndLogitsAreTheSame(String folder, DType dtype, double tolerance) throws IOException {
        try (SmallModel small = SmallModel.open(folder, dtype)) {
            List<Reference> references = Reference.of(folder);
            Tokens tokens = Tokens.of(references.stream().map(Reference::tokens).toList());
            Tensor hidden = small.model().hidden(small.compute(), small.weights(), tokens, Adaptation.NONE);
            assertClose(joined(references, "hidden"), small.compute().download(hidden), tolerance);
            Tensor logits = small.model().logits(small.compute(), small.weights(), hidden);
            assertClose(joined(references, "logits"), small.compute().download(logits), tolerance);
        }
    }

    private static double[] joined(List<Reference> references, String key) {
        return references.stream().flatMapToDouble(r -> Arrays.stream(r.doubles(key))).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-biased", "qwen2", "qwen2-untied"})
    void greedyGenerationIsTheSame(String folder) throws IOException {
        try (SmallModel small = SmallModel.open(folder, DType.FLOAT32)) {
            List<Reference> references = Reference.of(folder);
            KeyValueCache cache = small.emptyCache(references.size(), 32);
            Tokens tokens = Tokens.of(references.stream().map(Reference::tokens).toList());
            int length = references.get(0).ints("generated").length;
            int[][] generated = new int[references.size()][length];
            for (int i = 0; i < length; i++) {
                int[] next = likeliest(small, tokens, cache);
                for (int s = 0; s < next.length; s++) {
                    generated[s][i] = next[s];
                    cache.past()[s] += tokens.segments().lengths()[s];
                }
                int[] one = new int[next.length];
                Arrays.fill(one, 1);
                tokens = new Tokens(next, new Segments(one), cache.past().clone());
            }
            for (int s = 0; s < generated.length; s++) {
                assertArrayEquals(references.get(s).ints("generated"), generated[s]);
            }
        }
    }

    /** @return the likeliest successor of each sequence */
    private static int[] likeliest(SmallModel small, Tokens tokens, KeyValueCache cache) {
        Compute compute = small.compute();
        Tensor hidden = small.model().hidden(compute, small.weights(), tokens, Adaptation.NONE, cache);
        int[] ends = tokens.segments().lengths().clone();
        Arrays.parallelPrefix(ends, Integer::sum);
        int[] lastRows = Arrays.stream(ends).map(end -> end - 1).toArray();
        Tensor logits = small.model().logits(compute, small.weights(), compute.gatherRows(hidden, lastRows));
        double[] scores = compute.download(logits);
        int vocabulary = logits.columns();
        return IntStream.range(0, lastRows.length).map(s -> IntStream.range(0, vocabulary).boxed()
                .max((a, b) -> Double.compare(scores[s * vocabulary + a], scores[s * vocabulary + b])).orElseThrow())
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-biased", "qwen2", "qwen2-untied"})
    void parametersAreThoseOfTheFile(String folder) throws IOException {
        try (SmallModel small = SmallModel.open(folder, DType.FLOAT32);
                Safetensors file = Safetensors.open(SmallModel.resource(folder).resolve("model.safetensors"))) {
            Set<String> names = new HashSet<>();
            for (ParameterSpec parameter : small.model().parameters()) {
                names.add(parameter.name());
                int[] dimensions = file.dimensions(parameter.name());
                int[] ours = {parameter.shape().rows(), parameter.shape().columns()};
                assertArrayEquals(dimensions, dimensions.length == 1 ? new int[] {ours[1]} : ours, parameter.name());
            }
            assertEquals(file.names(), names);
        }
    }
}
