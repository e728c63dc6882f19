package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.perk4j.tck.Difference.assertClose;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Initial;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Layer;
import org.perk4j.model.MergedAdaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.model.WeightedAdaptation;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Tests of what every {@link Adapter} must do. Extend this, name the options to test with, and supply adapters of this type
 * that PEFT made, if PEFT has the type. Everything is computed in float64, in plain Java.
 *
 * @param <O> the options
 */
@ConsumerType
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AdapterContract<O extends Record> {

    private static final double STEP = 1e-5;
    /** Of slopes by central differences in float64, relative to the largest. */
    private static final double SLOPE_TOLERANCE = 1e-6;
    /** PEFT's models normalize in float32 even where all else is float64. */
    private static final double PEFT_TOLERANCE = 1e-5;
    private static final String MERGED = "merged.safetensors";
    private static final Tokens TOKENS = Tokens.of(List.of(new int[] {1, 5, 3, 3, 10}, new int[] {7, 2, 0}));
    private static final int[] TARGETS = {5, 3, 3, 10, -1, 2, 0, -1};

    private Compute compute;

    /** @return the type under test */
    protected abstract AdapterType<O> type();

    /** @return options to try, at least one */
    protected abstract List<O> options();

    /** @return {@code gpt2}, {@code llama}, or another that {@link #byPeft} has */
    protected abstract ModelType model(String modelType);

    /** @return which of these the options fit */
    protected List<String> models() {
        return List.of("gpt2", "llama");
    }

    /** @return what differentiates */
    protected abstract Autodiff autodiff();

    /**
     * An adapter that PEFT made.
     *
     * @param folder of PEFT's two files and {@code reference.json}: token sequences with the adapted model's logits; and
     *               perhaps {@code merged.safetensors}: the weights that are others once PEFT has merged it
     * @param base   the folder of its base model
     */
    public record Made(Path folder, Path base) {
    }

    /** @return adapters of this type that PEFT made; none if PEFT has no such type */
    protected abstract List<Made> byPeft();

    /**
     * @param names of folders in {@code src/test/resources}: that of the base model, a hyphen, and what is special
     * @return the adapters there, their bases where Perk4J's own models have them
     */
    protected static List<Made> made(String... names) {
        return Stream.of(names).map(name -> {
            String base = name.substring(0, name.indexOf('-'));
            return new Made(Path.of("src/test/resources", name), Path.of("../model-" + base, "src/test/resources", base));
        }).toList();
    }

    /** @return if it can't be merged into the model's weights, part of the message that says why; empty if it can */
    protected Optional<String> reasonAgainstMerging() {
        return Optional.empty();
    }

    @BeforeEach
    void open() {
        compute = new JavaCompute(DType.FLOAT64);
    }

    @AfterEach
    void close() {
        compute.close();
    }

    private Stream<Arguments> optionsAndModels() {
        assertTrue(!options().isEmpty());
        return options().stream().flatMap(o -> models().stream().map(type -> Arguments.of(o, type)));
    }

    private Model small(String type) {
        Map<String, Object> config = type.equals("gpt2")
                ? Map.of("vocab_size", 11.0, "n_positions", 12.0, "n_embd", 8.0, "n_layer", 2.0, "n_head", 2.0)
                : Map.of("vocab_size", 11.0, "max_position_embeddings", 12.0, "hidden_size", 8.0, "intermediate_size", 12.0,
                        "num_hidden_layers", 2.0, "num_attention_heads", 2.0, "num_key_value_heads", 1.0);
        return model(type).create(config);
    }

    /** @return values around the initial ones, so that every term of the derivatives counts */
    private Parameters around(List<ParameterSpec> specs, Parameters base, long seed) {
        Random random = new Random(seed);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            double[] elements = spec.initial() instanceof Initial.OfWeights computed
                    ? computed.computation().elements(name -> compute.download(base.get(name))).clone()
                    : new double[Math.toIntExact(spec.shape().size())];
            assertEquals(spec.shape().size(), elements.length, spec.name());
            double mean = spec.initial() instanceof Initial.Normal normal ? normal.mean() : 0;
            for (int i = 0; i < elements.length; i++) {
                elements[i] += mean + 0.3 * random.nextGaussian();
            }
            tensors.add(compute.constant(spec.shape(), elements));
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }

    private Parameters weights(Model model) {
        return around(model.parameters(), null, 1);
    }

    private double[] logits(Model model, Parameters weights, Tokens tokens, Adaptation adaptation) {
        Parameters adapted = adaptation.weights(weights);
        return compute.download(model.logits(compute, adapted, model.hidden(compute, adapted, tokens, adaptation)));
    }

    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void parametersAreDescribedOnce(O options, String type) {
        Adapter adapter = type().create(options, small(type));
        List<String> names = adapter.parameters().stream().map(ParameterSpec::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size(), "a name stands twice");
        assertTrue(adapter.parameters().stream().anyMatch(ParameterSpec::learned), "nothing is learned");
    }

    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void itChangesWhatTheModelComputes(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        double[] plain = logits(model, weights, TOKENS, Adaptation.NONE);
        double[] adapted = logits(model, weights, TOKENS,
                adapter.with(around(adapter.parameters(), weights, 2), Dropout.NONE));
        assertTrue(!Arrays.equals(plain, adapted));
    }

    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void firstAndSecondDerivativesAreSlopes(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        Parameters values = around(adapter.parameters(), weights, 2);
        VectorFunction loss = (ops, at) -> {
            Adaptation adaptation = adapter.with(values.with(at), Dropout.NONE);
            Parameters adapted = adaptation.weights(weights);
            Tensor losses = model.tokenLoss(ops, adapted, model.hidden(ops, adapted, TOKENS, adaptation), TARGETS);
            return List.of(ops.sumRows(losses));
        };
        Random random = new Random(3);
        List<double[]> along = values.tensors().stream()
                .map(t -> random.doubles(t.shape().size(), -1, 1).toArray()).toList();
        List<Tensor> tangents = IntStream.range(0, along.size())
                .mapToObj(i -> compute.constant(values.tensors().get(i).shape(), along.get(i))).toList();
        List<Tensor> dual = IntStream.range(0, along.size())
                .mapToObj(i -> compute.dual(values.tensors().get(i), tangents.get(i))).toList();
        List<Tensor> gradients = autodiff().gradient(compute, loss, dual).gradients();
        List<Tensor> ahead = moved(values, tangents, STEP);
        List<Tensor> behind = moved(values, tangents, -STEP);
        double slope = 0;
        for (int i = 0; i < tangents.size(); i++) {
            slope += compute.download(compute.dot(compute.primal(gradients.get(i)), tangents.get(i)))[0];
        }
        assertClose(new double[] {(scalar(loss, ahead) - scalar(loss, behind)) / (2 * STEP)}, new double[] {slope},
                SLOPE_TOLERANCE);

        List<Tensor> gradientsAhead = autodiff().gradient(compute, loss, ahead).gradients();
        List<Tensor> gradientsBehind = autodiff().gradient(compute, loss, behind).gradients();
        double[] expected = flat(IntStream.range(0, gradients.size()).mapToObj(i -> compute.combine(1 / (2 * STEP),
                gradientsAhead.get(i), -1 / (2 * STEP), gradientsBehind.get(i))).toList());
        assertClose(expected, flat(gradients.stream().map(compute::tangent).toList()), SLOPE_TOLERANCE);
    }

    private double scalar(VectorFunction f, List<Tensor> at) {
        return compute.download(f.apply(compute, at).get(0))[0];
    }

    private List<Tensor> moved(Parameters values, List<Tensor> along, double step) {
        return IntStream.range(0, along.size())
                .mapToObj(i -> compute.combine(1, values.tensors().get(i), step, along.get(i))).toList();
    }

    private double[] flat(List<Tensor> tensors) {
        return tensors.stream().flatMapToDouble(t -> Arrays.stream(compute.download(t))).toArray();
    }

    /** For each sequence the same as alone, whether what stands beside it is of this type or does nothing. */
    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void besideOthersItDoesTheSame(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        List<Adaptation> all = List.of(adapter.with(around(adapter.parameters(), weights, 2), Dropout.NONE), Adaptation.NONE,
                adapter.with(around(adapter.parameters(), weights, 4), Dropout.NONE));
        List<int[]> sequences = List.of(new int[] {1, 5, 3}, new int[] {7, 2}, new int[] {4, 4, 0, 9});
        int[] chosen = {2, 2, 2, 0, 0, 1, 1, 1, 1};
        int[] order = {2, 0, 1};
        List<Adaptation> own = Arrays.stream(order).mapToObj(all::get).toList();
        KeyValueCache cache = begun(model, weights, own, 4);
        Tokens tokens = behind(Tokens.of(sequences), cache);
        List<Reading> readings = IntStream.range(0, own.size())
                .mapToObj(i -> new Reading(new int[] {i}, own.get(i).weights(weights), own.get(i))).toList();
        double[] together = logits(model, readings, tokens, model.hidden(compute, readings, tokens, cache));
        double[] alone = IntStream.range(0, sequences.size()).boxed().flatMapToDouble(i -> Arrays.stream(
                logits(model, weights, Tokens.of(List.of(sequences.get(i))), own.get(i)))).toArray();
        assertClose(alone, together, 1e-12);
        assertClose(alone, logits(model, readings, Tokens.of(sequences),
                model.hidden(compute, readings, Tokens.of(sequences), null)), 1e-12);
        if (all.get(0).weights(weights) == weights) {
            assertClose(alone, compute.download(model.logits(compute, weights,
                    model.hidden(compute, weights, tokens, RowAdaptations.of(compute, all).rows(chosen), cache))), 1e-12);
        }
        if (own.stream().anyMatch(adaptation -> adaptation.virtualTokens().isPresent())) {
            assertThrows(UnsupportedOperationException.class, () -> logits(model, weights, Tokens.of(sequences),
                    RowAdaptations.of(compute, all).rows(chosen)), "without caches nothing comes before the texts");
        }
    }

    private double[] logits(Model model, List<Reading> readings, Tokens tokens, Tensor hidden) {
        return readings.stream().flatMapToDouble(reading -> Arrays.stream(compute.download(model.logits(compute,
                reading.weights(), compute.gatherRows(hidden, reading.rows(tokens.segments())))))).toArray();
    }

    /** @return a cache of so many tokens for a sequence of each, with what comes before its text */
    private KeyValueCache begun(Model model, Parameters weights, List<Adaptation> adaptations, int tokens) {
        int virtual = adaptations.stream().mapToInt(AdapterContract::virtual).max().orElseThrow();
        KeyValueCache cache = new SmallModel(compute, model, weights).emptyCache(adaptations.size(), virtual + tokens);
        for (int i = 0; i < adaptations.size(); i++) {
            model.begin(compute, weights, adaptations.get(i), new KeyValueCache(cache.keys(), cache.values(),
                    new int[] {cache.starts()[i]}, new int[] {0}));
            cache.past()[i] = virtual(adaptations.get(i));
        }
        return cache;
    }

    private static int virtual(Adaptation adaptation) {
        return adaptation.virtualTokens().map(VirtualTokens::count).orElse(0);
    }

    private static Tokens behind(Tokens tokens, KeyValueCache cache) {
        int[] positions = tokens.positions().clone();
        int row = 0;
        for (int i = 0; i < cache.past().length; i++) {
            for (int end = row + tokens.segments().lengths()[i]; row < end; row++) {
                positions[row] += cache.past()[i];
            }
        }
        return new Tokens(tokens.ids(), tokens.segments(), positions);
    }

    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void decodingWithACacheIsTheSame(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        Adaptation adaptation = adapter.with(around(adapter.parameters(), weights, 2), Dropout.NONE);
        int[] tokens = {1, 5, 3, 3, 10};
        Parameters adapted = adaptation.weights(weights);
        KeyValueCache cache = begun(model, adapted, List.of(adaptation), tokens.length);
        double[] found = {};
        for (int token : tokens) {
            Tokens next = new Tokens(new int[] {token}, new Segments(1), cache.past().clone());
            found = compute.download(
                    model.logits(compute, adapted, model.hidden(compute, adapted, next, adaptation, cache)));
            cache.past()[0]++;
        }
        double[] whole = logits(model, weights, Tokens.of(List.of(tokens)), adaptation);
        assertClose(Arrays.copyOfRange(whole, whole.length - found.length, whole.length), found, 1e-12);
    }

    /** The base's weights stay as they are: whoever reads with them again has unmerged. */
    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void mergedItDoesTheSame(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        Adaptation adaptation = adapter.with(around(adapter.parameters(), weights, 2), Dropout.NONE);
        double[] before = flat(weights.tensors());
        double[] alone = logits(model, weights, TOKENS, Adaptation.NONE);
        if (reasonAgainstMerging().isPresent()) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> MergedAdaptation.of(compute, model, weights, adaptation)).getMessage();
            assertTrue(message.contains(reasonAgainstMerging().get()), message);
            return;
        }
        MergedAdaptation merged = MergedAdaptation.of(compute, model, weights, adaptation);
        assertClose(logits(model, weights, TOKENS, adaptation), logits(model, weights, TOKENS, merged),
                Rounding.ofModel(model.size(), DType.FLOAT64, DType.FLOAT64));
        assertArrayEquals(before, flat(weights.tensors()), "weights of the base");
        assertArrayEquals(alone, logits(model, weights, TOKENS, Adaptation.NONE), "unmerged");
    }

    /** Each layer, and each weight that is replaced, changes by the weighted sum of what two memories change. */
    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void weightedWithOthersEachChangeIsAdded(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        List<Adaptation> two = IntStream.of(2, 4)
                .mapToObj(seed -> adapter.with(around(adapter.parameters(), weights, seed), Dropout.NONE)).toList();
        if (virtual(two.get(0)) > 0) {
            virtualTokensAreNotAddedUp(model, weights, two);
            return;
        }
        WeightedAdaptation together = WeightedAdaptation.of(compute, weights, two, 0.7, -0.4);
        for (Site site : model.sites()) {
            Tensor input = around(List.of(new ParameterSpec("x", new Shape(3, site.inputs()), 0, 1)), null, 5).get("x");
            Tensor plain = Layer.of(site, weights).of(compute, input);
            assertSum(plain, two.stream().map(one -> adapted(one, site, input, weights)).toList(),
                    adapted(together, site, input, weights));
        }
        for (String name : weights.names()) {
            assertSum(weights.get(name), two.stream().map(one -> one.weights(weights).get(name)).toList(),
                    together.weights(weights).get(name));
        }
    }

    private void virtualTokensAreNotAddedUp(Model model, Parameters weights, List<Adaptation> two) {
        assertThrows(IllegalArgumentException.class, () -> WeightedAdaptation.of(compute, weights, two, 1, 1));
        Adaptation one = two.get(0);
        List<Adaptation> withOther = List.of(Adaptation.NONE, one);
        assertThrows(IllegalArgumentException.class, () -> WeightedAdaptation.of(compute, weights, withOther, 1, 0.5));
        assertClose(logits(model, weights, TOKENS, one),
                logits(model, weights, TOKENS, WeightedAdaptation.of(compute, weights, withOther, 0.5, 1)), 1e-12);
    }

    private Tensor adapted(Adaptation adaptation, Site site, Tensor input, Parameters weights) {
        return adaptation.apply(compute, site, input, Layer.of(site, adaptation.weights(weights)));
    }

    private void assertSum(Tensor plain, List<Tensor> two, Tensor found) {
        double[] expected = compute.download(plain);
        double[] first = compute.download(two.get(0));
        double[] second = compute.download(two.get(1));
        Arrays.setAll(expected, i -> expected[i] + 0.7 * (first[i] - expected[i]) - 0.4 * (second[i] - expected[i]));
        assertClose(expected, compute.download(found), 1e-12);
    }

    /** What files hold of an adapter may be another of its type: its options make it, and it does the same. */
    @ParameterizedTest
    @MethodSource("optionsAndModels")
    void whatIsKeptDoesTheSame(O options, String type) {
        Model model = small(type);
        Parameters weights = weights(model);
        Adapter adapter = type().create(options, model);
        Parameters values = around(adapter.parameters(), weights, 2);
        Adapter.Kept kept = adapter.kept(compute, values).orElse(null);
        assumeTrue(kept != null, "it is kept as it is");
        Adapter again = type().create(PluginOptions.bind(type(), kept.options()), model);
        assertEquals(kept.values().names(), again.parameters().stream().map(ParameterSpec::name).toList());
        for (ParameterSpec spec : again.parameters()) {
            assertEquals(spec.shape(), kept.values().get(spec.name()).shape(), spec.name());
        }
        double[] expected = logits(model, weights, TOKENS, adapter.with(values, Dropout.NONE));
        assertClose(expected, logits(model, weights, TOKENS, kept.adapter().with(kept.values(), Dropout.NONE)), 1e-12);
        assertClose(expected, logits(model, weights, TOKENS, again.with(kept.values(), Dropout.NONE)), 1e-12);
    }

    /**
     * PEFT reads what is written here, and computes the same: with each of the options on each model that PEFT has the type
     * for, and with what it made itself.
     */
    @TestFactory
    Stream<DynamicTest> whatIsWrittenPeftReads(@TempDir Path folder) throws IOException {
        if (byPeft().isEmpty()) {
            return Stream.of();
        }
        if (!PeftProcess.isNamed()) {
            return Stream.of(dynamicTest(PeftProcess.PYTHON,
                    () -> abort(PeftProcess.PYTHON + " names no Python that has torch, transformers and peft")));
        }
        PeftProcess peft = PeftProcess.start();
        Stream<DynamicTest> ofOptions = byPeft().stream().map(Made::base).distinct()
                .flatMap(base -> options().stream().map(options -> dynamicTest(base + ", " + options, () -> {
                    Model model = modelOf(base);
                    Adapter adapter = type().create(options, model);
                    Parameters weights = weightsOf(base, model);
                    assertReadByPeft(peft, base, model, adapter, around(adapter.parameters(), weights, 2), folder);
                })));
        Stream<DynamicTest> ofPeft = byPeft().stream().map(made -> dynamicTest(made.folder.toString(), () -> {
            Model model = modelOf(made.base);
            Adapter adapter = adapter(made, model);
            assertReadByPeft(peft, made.base, model, adapter, values(made, adapter), folder);
        }));
        return Stream.concat(ofOptions, ofPeft).onClose(peft::close);
    }

    private void assertReadByPeft(PeftProcess peft, Path base, Model model, Adapter adapter, Parameters values, Path folder)
            throws IOException {
        Adapter.Kept kept = adapter.kept(compute, values).orElse(new Adapter.Kept(Map.of(), adapter, values));
        List<SafetensorsEntry> entries = new ArrayList<>();
        for (ParameterSpec spec : kept.adapter().parameters()) {
            FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(spec.shape().size()));
            compute.download(kept.values().get(spec.name()), elements);
            entries.add(new SafetensorsEntry(spec.name(), spec.dimensions().stream().mapToInt(d -> d).toArray(),
                    () -> elements.duplicate().flip()));
        }
        Path file = folder.resolve("adapter_model.safetensors");
        Safetensors.write(file, Map.of("format", "pt"), entries);
        Files.writeString(folder.resolve("adapter_config.json"), Json.write(kept.adapter().configuration()));
        Adaptation read = kept.adapter().with(SmallModel.read(compute, file, kept.adapter().parameters()), Dropout.NONE);
        int[] tokens = {5, 17, 30, 0, 3};
        assertClose(peft.logits(base, folder, tokens),
                logits(model, weightsOf(base, model), Tokens.of(List.of(tokens)), read), PEFT_TOLERANCE);
    }

    @TestFactory
    Stream<DynamicTest> logitsAreThoseOfPeft() {
        return byPeft().stream().map(made -> dynamicTest(made.folder.toString(), () -> logitsAreThoseOfPeft(made)));
    }

    private void logitsAreThoseOfPeft(Made made) throws IOException {
        Model model = modelOf(made.base);
        Adapter adapter = adapter(made, model);
        assertLogits(made, model, adapter, values(made, adapter));
    }

    @TestFactory
    Stream<DynamicTest> whatItSavesMeansTheSame() {
        return byPeft().stream().map(made -> dynamicTest(made.folder.toString(), () -> whatItSavesMeansTheSame(made)));
    }

    private void whatItSavesMeansTheSame(Made made) throws IOException {
        Model model = modelOf(made.base);
        Adapter adapter = adapter(made, model);
        Map<String, Object> saved = Json.parseObject(Json.write(adapter.configuration()));
        Adapter again = type().create(type().ofPeft(saved).orElseThrow(), model);
        assertEquals(adapter.parameters().stream().map(ParameterSpec::name).toList(),
                again.parameters().stream().map(ParameterSpec::name).toList());
        assertLogits(made, model, again, values(made, again));
    }

    /** Where {@code merged.safetensors} lies beside it: the weights that PEFT's merge changed. */
    @TestFactory
    Stream<DynamicTest> mergedWeightsAreThoseOfPeft() {
        return byPeft().stream().filter(made -> Files.exists(made.folder.resolve(MERGED)))
                .map(made -> dynamicTest(made.folder.toString(), () -> mergedWeightsAreThoseOfPeft(made)));
    }

    private void mergedWeightsAreThoseOfPeft(Made made) throws IOException {
        Model model = modelOf(made.base);
        Adapter adapter = adapter(made, model);
        Parameters weights = weightsOf(made.base, model);
        Parameters merged = MergedAdaptation.of(compute, model, weights, adapter.with(values(made, adapter), Dropout.NONE))
                .changed();
        try (Safetensors theirs = Safetensors.open(made.folder.resolve(MERGED))) {
            assertEquals(theirs.names(), new HashSet<>(merged.names()));
            for (String name : merged.names()) {
                float[] expected = theirs.read(name);
                assertClose(IntStream.range(0, expected.length).mapToDouble(i -> expected[i]).toArray(),
                        compute.download(merged.get(name)), 4 * Rounding.unit(DType.FLOAT32));
            }
        }
    }

    private Model modelOf(Path base) throws IOException {
        Map<String, Object> config = Json.readObject(base.resolve("config.json"));
        return model((String) config.get("model_type")).create(config);
    }

    private Parameters weightsOf(Path base, Model model) throws IOException {
        return SmallModel.read(compute, base.resolve("model.safetensors"), model.parameters());
    }

    private Adapter adapter(Made made, Model model) throws IOException {
        Map<String, Object> configuration = Json.readObject(made.folder.resolve("adapter_config.json"));
        return type().create(type().ofPeft(configuration).orElseThrow(), model);
    }

    private Parameters values(Made made, Adapter adapter) throws IOException {
        Path file = made.folder.resolve("adapter_model.safetensors");
        try (Safetensors tensors = Safetensors.open(file)) {
            assertEquals(tensors.names(), new HashSet<>(adapter.parameters().stream().map(ParameterSpec::name).toList()));
            for (ParameterSpec spec : adapter.parameters()) {
                assertEquals(spec.dimensions(), IntStream.of(tensors.dimensions(spec.name())).boxed().toList(), spec.name());
            }
        }
        return SmallModel.read(compute, file, adapter.parameters());
    }

    private void assertLogits(Made made, Model model, Adapter adapter, Parameters values) throws IOException {
        Parameters weights = weightsOf(made.base, model);
        List<?> sequences = (List<?>) Json.readObject(made.folder.resolve("reference.json")).get("sequences");
        assertTrue(!sequences.isEmpty());
        for (Object sequence : sequences) {
            int[] tokens = Arrays.stream(numbers(sequence, "tokens")).mapToInt(x -> (int) x).toArray();
            assertClose(numbers(sequence, "logits"), logits(model, weights, Tokens.of(List.of(tokens)),
                    adapter.with(values, Dropout.NONE)), PEFT_TOLERANCE);
        }
    }

    private static double[] numbers(Object sequence, String key) {
        return ((List<?>) ((Map<?, ?>) sequence).get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }
}
