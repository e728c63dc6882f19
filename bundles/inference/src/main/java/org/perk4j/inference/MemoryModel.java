package org.perk4j.inference;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.PluginChoice;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.MergedAdaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.WeightedAdaptation;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.plugin.Plugins;
import org.perk4j.tensor.Tensor;

/**
 * A base model with its weights on a backend, to encode contexts and to read with memories. Holds leases on its plugins
 * until it is closed. For use by one thread at a time; {@link OpenBase} lets several threads share one.
 */
public final class MemoryModel implements AutoCloseable {

    private final Leases leases = new Leases();
    private final Plugins plugins;
    private final Autodiff autodiff;
    private final BaseModel base;
    private final Compute compute;
    private final Parameters weights;

    private MemoryModel(BaseModel base, WeightType type, PluginChoice backend, Plugins plugins, Autodiff autodiff)
            throws IOException {
        this.plugins = plugins;
        this.autodiff = autodiff;
        this.base = leases.add(base);
        try {
            compute = Device.open(backend, plugins, leases);
            weights = base.upload(compute, type);
        } catch (IOException | RuntimeException e) {
            leases.close();
            throw e;
        }
    }

    /** @param base closed with this, or if opening fails */
    public static MemoryModel open(BaseModel base, PluginChoice backend, Plugins plugins, Autodiff autodiff)
            throws IOException {
        return open(base, WeightType.STORED, backend, plugins, autodiff);
    }

    /**
     * @param base closed with this, or if opening fails
     * @param type the type of its weights in memory
     */
    public static MemoryModel open(BaseModel base, WeightType type, PluginChoice backend, Plugins plugins, Autodiff autodiff)
            throws IOException {
        return new MemoryModel(base, type, backend, plugins, autodiff);
    }

    /** @return the base model */
    public BaseModel base() {
        return base;
    }

    /** @return the computation, whose scopes own all tensors */
    public Compute compute() {
        return compute;
    }

    /** @return the base model's weights */
    public Parameters weights() {
        return weights;
    }

    /** @return whether it would be opened with the same plugins for model, tokenizer and backend now */
    boolean isCurrent() {
        return base.isCurrent() && leases.areCurrent();
    }

    /**
     * Loads a trained adapter, to encode with it; its plugins are leased until this is closed.
     *
     * @throws IOException if the adapter was trained with another base, or its files are invalid
     */
    public Writer writer(TrainedAdapter trained) throws IOException {
        return writer(trained, parts(trained, leases), leases);
    }

    /**
     * Creates the plugins' part of a writer. Computes nothing.
     *
     * @param leased receives the plugins' leases
     */
    Recipe.Parts parts(TrainedAdapter trained, Leases leased) throws IOException {
        trained.requireBase(base);
        Recipe recipe = trained.manifest().recipe();
        Recipe.Parts parts = recipe.open(base.model(), plugins, leased);
        trained.compare(recipe.origins(leased));
        return parts;
    }

    /** @param leased holds the leases of the parts' plugins */
    Writer writer(TrainedAdapter trained, Recipe.Parts parts, Leases leased) throws IOException {
        return writer(trained.manifest(), parts, leased, trained::read);
    }

    /**
     * Creates the plugins' part of a writer with which nothing was learned. Computes nothing.
     *
     * @param leased receives the plugins' leases
     */
    Recipe.Parts parts(Recipe recipe, Leases leased) {
        return recipe.open(base.model(), plugins, leased);
    }

    /**
     * @param leased holds the leases of the parts' plugins
     * @param seed   of the initial values
     */
    Writer untrained(TrainedAdapter.Manifest manifest, Recipe.Parts parts, Leases leased, long seed) throws IOException {
        return writer(manifest, parts, leased, specs -> specs.stream().map(spec -> InitialValues.of(spec,
                new SplittableRandom(31 * seed + spec.name().hashCode()), name -> compute.download(weights.get(name))))
                .toList());
    }

    /** Provides the values of learned parameters. */
    @FunctionalInterface
    private interface Values {
        List<float[]> of(List<ParameterSpec> specs) throws IOException;
    }

    private Writer writer(TrainedAdapter.Manifest manifest, Recipe.Parts parts, Leases leased, Values learned)
            throws IOException {
        Learner learner = parts.learner(compute, autodiff, base.model(), weights);
        MetaObjective objective = parts.objective();
        List<ParameterSpec> specs = objective.parameters(learner);
        List<float[]> values = learned.of(specs);
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            tensors.add(compute.upload(specs.get(i).shape(), FloatBuffer.wrap(values.get(i))));
        }
        return new Writer(learner, objective,
                new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors), manifest,
                leased.bundle(AdapterType.class, manifest.adapter().type()));
    }

    /** Receives the progress of an encoding. */
    @ConsumerType
    @FunctionalInterface
    public interface Progress {

        /** @param passes the number of segment passes done, of {@code total} */
        void at(long passes, long total);
    }

    /**
     * An encoded text.
     *
     * @param memory   the memory; not to be stored if the encoding has a problem
     * @param encoding its losses; its tensors belong to the scope that was the innermost open one
     */
    public record Remembered(Memory memory, Encoding encoding) {
    }

    /** Encodes contexts with a trained adapter. */
    public final class Writer {

        private final Learner learner;
        private final MetaObjective objective;
        private final Parameters meta;
        private final TrainedAdapter.Manifest trained;
        private final String adapterBundle;

        private Writer(Learner learner, MetaObjective objective, Parameters meta, TrainedAdapter.Manifest trained,
                       String adapterBundle) {
            this.learner = learner;
            this.objective = objective;
            this.meta = meta;
            this.trained = trained;
            this.adapterBundle = adapterBundle;
        }

        /** @return an encoder that makes segments like those of the training */
        public EpisodeEncoder encoder() {
            return encoder(trained.segments());
        }

        /** @return an encoder that makes other segments, none longer than the model reads after the virtual tokens */
        public EpisodeEncoder encoder(Segmentation segmentation) {
            return base.encoder(new Prompts(trained.support()), learner.adapter(), segmentation);
        }

        /** @return the number of segment passes in {@link #encode} */
        public long passes(int segments) {
            return objective.encodingPasses(segments);
        }

        /** @return the encoding, even if it has a problem; owned by the innermost open scope of {@link #compute()} */
        public Encoding encode(List<EncodedText> segments, IntConsumer progress) {
            return objective.encode(learner, meta, segments, progress);
        }

        /**
         * @return the adaptation of the base model by an encoding, even if the context's loss did not fall
         * @throws org.perk4j.meta.NotFiniteException naming the step and the remedy, if the loss is not finite
         */
        public Adaptation adaptation(Encoding encoding) {
            encoding.requireFinite();
            return learner.adapter().with(encoding.adapter(), Dropout.NONE);
        }

        /**
         * Encodes a text.
         *
         * @param source   the text's file, or a description
         * @param encoder  cuts it into segments
         * @param progress called with the number of {@link #passes} done and their total
         * @return the memory, even if the encoding has a problem; owned by the innermost open scope of {@link
         *         MemoryModel#compute()}
         */
        public Remembered remember(String text, String source, EpisodeEncoder encoder, Progress progress)
                throws IOException {
            List<Segment> segments = encoder.segments(text);
            List<EncodedText> documents = encoder.documents(segments);
            long passes = passes(documents.size());
            Encoding encoding = encode(documents, done -> progress.at(done, passes));
            List<Integer> spans = new ArrayList<>(segments.stream().map(Segment::start).toList());
            spans.add(text.length());
            List<Double> losses = encoding.losses().stream().takeWhile(Double::isFinite).toList(); // as JSON requires
            return new Remembered(memory(encoding, new Memory.Provenance(source,
                    Fingerprint.of(text.getBytes(StandardCharsets.UTF_8)),
                    documents.stream().mapToLong(d -> d.tokens().length).sum(), spans,
                    Instant.now().truncatedTo(ChronoUnit.SECONDS),
                    losses, adapterBundle)), encoding);
        }

        /** @return an encoding as a memory that can be stored */
        @SuppressWarnings("unchecked")
        public Memory memory(Encoding encoding, Memory.Provenance provenance) throws IOException {
            PluginChoice adapter = trained.adapter();
            Adapter.Kept kept = learner.adapter().kept(compute, encoding.adapter()).orElseGet(() -> new Adapter.Kept(
                    (Map<String, Object>) adapter.options().plain(), learner.adapter(), encoding.adapter()));
            Map<String, Memory.Matrix> tensors = new LinkedHashMap<>();
            for (ParameterSpec spec : kept.adapter().parameters()) {
                FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(spec.shape().size()));
                compute.download(kept.values().get(spec.name()), elements);
                tensors.put(spec.name(),
                        new Memory.Matrix(spec.shape(), elements.flip().asReadOnlyBuffer(), spec.dimensions()));
            }
            Map<String, Object> configuration = new LinkedHashMap<>(kept.adapter().configuration());
            configuration.put("base_model_name_or_path", base.path().toAbsolutePath().normalize().toString());
            return new Memory(adapter.type(), kept.options(), configuration, base.fingerprint(), provenance, tensors);
        }
    }

    /**
     * Loads a memory; its adapter's plugin is leased until this is closed.
     *
     * @return the adaptation of the base model; its values belong to the innermost open scope of {@link #compute()}
     * @throws IOException        if it was made with another base, or doesn't hold what its adapter needs
     * @throws NotFiniteException if it holds values that are infinite or NaN
     */
    public Adaptation recall(Memory memory) throws IOException {
        return recall(memory, adapterOf(memory, leases));
    }

    private Adaptation recall(Memory memory, Adapter adapter) throws IOException {
        List<ParameterSpec> specs = adapter.parameters();
        if (specs.size() != memory.tensors().size()) {
            throw new FileFormatException("the memory holds " + memory.tensors().size() + " tensors, its adapter has "
                    + specs.size() + notOfBase(memory));
        }
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            Memory.Matrix matrix = memory.tensors().get(spec.name());
            if (matrix == null || !matrix.dimensions().equals(spec.dimensions())) {
                throw new FileFormatException("the memory's " + spec.name() + " is missing or doesn't have the dimensions "
                        + spec.dimensions() + notOfBase(memory));
            }
            requireFinite(spec.name(), matrix.elements().duplicate());
            tensors.add(compute.upload(spec.shape(), matrix.elements().duplicate()));
        }
        return adapter.with(new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors), Dropout.NONE);
    }

    /**
     * A memory in a weighted sum.
     *
     * @param weight a factor on its changes
     */
    public record Weighted(Memory memory, double weight) {
    }

    /**
     * Loads several memories.
     *
     * @param memories at least one, of any types, each encoded with this base
     * @return the {@linkplain WeightedAdaptation weighted sum} of their adaptations; its values belong to the innermost open
     *         scope of {@link #compute()}
     * @throws IOException              as for one
     * @throws NotFiniteException       as for one
     * @throws IllegalArgumentException with the reason, if they can't be added up
     */
    public Adaptation recall(List<Weighted> memories) throws IOException {
        return recall(memories, adaptersOf(memories, leases));
    }

    /** @param adapters one for each memory */
    Adaptation recall(List<Weighted> memories, List<Adapter> adapters) throws IOException {
        List<Adaptation> all = new ArrayList<>();
        for (int i = 0; i < adapters.size(); i++) {
            all.add(recall(memories.get(i).memory, adapters.get(i)));
        }
        return all.size() == 1 && memories.get(0).weight == 1 ? all.get(0)
                : WeightedAdaptation.of(compute, weights, all, memories.stream().mapToDouble(Weighted::weight).toArray());
    }

    /**
     * @param texts with at least one token to predict
     * @return the mean negative log-likelihood of the texts' tokens, in nats
     */
    double loss(Adaptation adaptation, List<EncodedText> texts) {
        Parameters adapted = adaptation.weights(weights);
        double sum = 0;
        for (EncodedText text : texts) {
            try (Scope scope = compute.scope()) {
                Tensor hidden = base.model().hidden(compute, adapted, Tokens.of(List.of(text.tokens())), adaptation);
                Tensor losses = base.model().tokenLoss(compute, adapted, hidden, targets(text));
                sum += compute.download(compute.sumRows(losses))[0];
            }
        }
        return sum / texts.stream().mapToInt(EncodedText::scored).sum();
    }

    /** @return for each token the next one, or -1 if that is not to be predicted or there is none */
    private static int[] targets(EncodedText text) {
        int length = text.tokens().length;
        return IntStream.rangeClosed(1, length).map(i -> i < length && i >= text.unscored() ? text.tokens()[i] : -1)
                .toArray();
    }

    /**
     * @return the adaptation merged into weights; those that change belong to the innermost open scope of {@link #compute()}
     * @throws IllegalArgumentException with the reason, if its effect can't be expressed by weights
     */
    public MergedAdaptation merge(Adaptation adaptation) {
        return MergedAdaptation.of(compute, base.model(), weights, adaptation);
    }

    /**
     * Creates the adapters of memories. Computes nothing.
     *
     * @param leased receives the plugins' leases
     */
    List<Adapter> adaptersOf(List<Weighted> memories, Leases leased) throws IOException {
        List<Adapter> adapters = new ArrayList<>();
        for (Weighted each : memories) {
            adapters.add(adapterOf(each.memory, leased));
        }
        return adapters;
    }

    private Adapter adapterOf(Memory memory, Leases leased) throws IOException {
        base.requireWriterOf(memory);
        try {
            if (memory.adapterType().equals(Memory.UNKNOWN_TYPE)) {
                return Recipe.ofPeft(memory, base.model(), plugins, leased);
            }
            Adapter adapter = Recipe.adapter(PluginChoice.of(memory.adapterType(), memory.options()), base.model(), plugins,
                    leased);
            PluginVersion.compare(memory.provenance().source() + ", as a memory,", memory.provenance().plugin(),
                    leased.bundle(AdapterType.class, memory.adapterType()), "encode the context again");
            return adapter;
        } catch (MissingPluginException e) {
            throw e; // not the memory's fault
        } catch (IllegalArgumentException e) {
            if (memory.adapterType().equals(Memory.UNKNOWN_TYPE)) {
                throw new FileFormatException(Path.of(memory.provenance().source(), "adapter_config.json"), e.getMessage());
            }
            throw new FileFormatException("the memory's adapter doesn't fit " + base.path() + " (" + e.getMessage() + ")"
                    + notOfBase(memory));
        }
    }

    private String notOfBase(Memory memory) {
        return memory.baseFingerprint().equals(Memory.UNKNOWN_BASE)
                ? ": name the base model that it was trained with by --base"
                : ": encode the context again";
    }

    private static void requireFinite(String name, FloatBuffer elements) {
        while (elements.hasRemaining()) {
            if (!Float.isFinite(elements.get())) {
                throw new NotFiniteException("the memory's " + name + " has a value that is not finite, so it can answer "
                        + "nothing: encode the context again, with an adapter that was trained on such texts");
            }
        }
    }

    @Override
    public void close() {
        leases.close();
    }
}
