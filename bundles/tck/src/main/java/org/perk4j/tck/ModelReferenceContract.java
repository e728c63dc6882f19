package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Tokens;
import org.perk4j.tck.SmallModel.Reference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Tensor;

/** Hidden states, logits and generation are those that Hugging Face transformers computes in float64 on the same weights. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ModelReferenceContract {

    abstract ModelContract subject();

    private List<String> folders() {
        return subject().references();
    }

    private Stream<Arguments> foldersAndTypes() {
        return folders().stream().flatMap(folder -> Stream.of(DType.values()).map(dtype -> Arguments.of(folder, dtype)));
    }

    private SmallModel open(String folder, DType dtype) throws IOException {
        return SmallModel.open(subject()::type, folder, dtype);
    }

    @BeforeAll
    void skipWithoutReferences() {
        assumeFalse(folders().isEmpty(), "there is no other implementation to compare with");
    }

    @ParameterizedTest
    @MethodSource("foldersAndTypes")
    void hiddenStatesAndLogitsAreTheSame(String folder, DType dtype) throws IOException {
        try (SmallModel small = open(folder, dtype)) {
            double tolerance = subject().tolerance(small.model(), dtype);
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
    @MethodSource("folders")
    void greedyGenerationIsTheSame(String folder) throws IOException {
        try (SmallModel small = open(folder, DType.FLOAT32)) {
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
    @MethodSource("folders")
    void parametersAreThoseOfTheFile(String folder) throws IOException {
        try (SmallModel small = open(folder, DType.FLOAT32);
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
