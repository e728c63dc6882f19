package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tck.SmallModel.Reference;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Tests that a model with an adapter equals Hugging Face PEFT's, in its files and in what it computes with the same weights.
 * For models that have adapters among the test's resources. Nest this in the model's {@link ModelContract}.
 */
@ConsumerType
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PeftContract {

    private static final String ADAPTER = "adapter_model.safetensors";

    private final ModelContract contract;
    private final AdapterType<?> type;
    private final List<String> folders;

    /**
     * @param contract of the model
     * @param type     reads the adapters
     * @param folders  of adapters among the resources, at least one, each within that of its model: as PEFT saves them, with
     *                 {@code reference.json} and {@code gradients.safetensors}, what the adapted model computes
     */
    protected PeftContract(ModelContract contract, AdapterType<?> type, List<String> folders) {
        this.contract = contract;
        this.type = type;
        this.folders = List.copyOf(folders);
    }

    private List<String> folders() {
        return folders;
    }

    private Stream<Arguments> foldersAndTypes() {
        return folders.stream().flatMap(folder -> Stream.of(DType.values()).map(dtype -> Arguments.of(folder, dtype)));
    }

    private SmallModel open(String folder, DType dtype) throws IOException {
        return SmallModel.open(contract::type, folder.substring(0, folder.lastIndexOf('/')), dtype);
    }

    @ParameterizedTest
    @MethodSource("foldersAndTypes")
    void adaptedLogitsAreTheSame(String folder, DType dtype) throws IOException {
        try (SmallModel small = open(folder, dtype)) {
            Adapter adapter = adapter(folder, small);
            List<Reference> references = Reference.of(folder);
            Tensor logits = small.model().logits(small.compute(), small.weights(), small.model().hidden(small.compute(),
                    small.weights(), tokens(references), adapter.with(values(folder, adapter, small), Dropout.NONE)));
            double[] expected = references.stream().flatMapToDouble(r -> Arrays.stream(r.doubles("logits"))).toArray();
            assertClose(expected, small.compute().download(logits), contract.tolerance(small.model(), dtype));
        }
    }

    @ParameterizedTest
    @MethodSource("foldersAndTypes")
    void gradientsOfAdapterAndModelAreTheSame(String folder, DType dtype) throws IOException {
        try (SmallModel small = open(folder, dtype);
                Safetensors expected = Safetensors.open(SmallModel.resource(folder).resolve("gradients.safetensors"))) {
            // They go the way twice more, and are saved in float32.
            double tolerance = 3 * contract.tolerance(small.model(), dtype) + Rounding.unit(DType.FLOAT32);
            Adapter adapter = adapter(folder, small);
            Parameters values = values(folder, adapter, small);
            List<Reference> references = Reference.of(folder);
            List<Tensor> variables = new ArrayList<>(values.tensors());
            variables.addAll(small.weights().tensors());
            List<String> names = new ArrayList<>(values.names());
            names.addAll(small.weights().names());
            List<Tensor> gradients = contract.autodiff().gradient(small.compute(), (ops, at) -> List.of(loss(ops, small,
                    references, adapter, values.with(at.subList(0, values.size())),
                    small.weights().with(at.subList(values.size(), at.size())))), variables).gradients();
            assertEquals(expected.names(), new HashSet<>(names));
            for (int i = 0; i < names.size(); i++) {
                float[] theirs = expected.read(names.get(i));
                assertClose(IntStream.range(0, theirs.length).mapToDouble(j -> theirs[j]).toArray(),
                        small.compute().download(gradients.get(i)), tolerance);
            }
        }
    }

    /** The mean over all tokens that have a predecessor. */
    private static Tensor loss(Ops ops, SmallModel small, List<Reference> references, Adapter adapter, Parameters values,
                               Parameters weights) {
        int[] targets = references.stream().flatMapToInt(r -> IntStream.concat(Arrays.stream(r.tokens()).skip(1),
                IntStream.of(-1))).toArray();
        Tensor hidden = small.model().hidden(ops, weights, tokens(references), adapter.with(values, Dropout.NONE));
        Tensor losses = small.model().tokenLoss(ops, weights, hidden, targets);
        return ops.scale(ops.sumRows(losses), 1.0 / (targets.length - references.size()));
    }

    private static Tokens tokens(List<Reference> references) {
        return Tokens.of(references.stream().map(Reference::tokens).toList());
    }

    @ParameterizedTest
    @MethodSource("folders")
    void parametersAndConfigurationAreThoseOfTheFiles(String folder) throws IOException {
        try (SmallModel small = open(folder, DType.FLOAT32);
                Safetensors file = Safetensors.open(SmallModel.resource(folder).resolve(ADAPTER))) {
            Adapter adapter = adapter(folder, small);
            Set<String> names = new HashSet<>();
            for (ParameterSpec parameter : adapter.parameters()) {
                names.add(parameter.name());
                assertArrayEquals(file.dimensions(parameter.name()),
                        new int[] {parameter.shape().rows(), parameter.shape().columns()}, parameter.name());
            }
            assertEquals(file.names(), names);

            Map<String, Object> saved = configuration(folder);
            adapter.configuration().forEach((key, ours) -> assertEquals(comparable(saved.get(key)), comparable(ours), key));
        }
    }

    private static Object comparable(Object value) {
        if (value instanceof List<?> list) {
            return new HashSet<>(list);
        }
        return value instanceof Number number ? number.doubleValue() : value;
    }

    private Adapter adapter(String folder, SmallModel small) throws IOException {
        return adapter(type, configuration(folder), small.model());
    }

    private static <O extends Record> Adapter adapter(AdapterType<O> type, Map<String, Object> saved, Model model) {
        return type.create(type.ofPeft(saved).orElseThrow(() -> new AssertionError("of another type: " + saved)), model);
    }

    private static Parameters values(String folder, Adapter adapter, SmallModel small) throws IOException {
        Path file = SmallModel.resource(folder).resolve(ADAPTER);
        return SmallModel.read(small.compute(), file, adapter.parameters());
    }

    private static Map<String, Object> configuration(String folder) throws IOException {
        return Json.readObject(SmallModel.resource(folder).resolve("adapter_config.json"));
    }
}
