package org.perk4j.inference;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.adapter.Adapter;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.ModelFiles;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Weights;
import org.perk4j.memory.Memory;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugins;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A model with its tokenizer, from a folder in Hugging Face's layout or a GGUF file. Closing it closes the tokenizer and
 * releases its plugins.
 */
public final class BaseModel implements AutoCloseable {

    private static final String CONFIG = "config.json";
    private static final String BFLOAT16 = "BF16";

    /** The only key in {@code config.json} that is Perk4J's own. */
    private record TokenizerKey(
            @Option(help = "reads the tokenizer's files", value = TokenizerFormat.USUAL) PluginChoice perk4j_tokenizer) {

        static PluginChoice in(Map<String, Object> config) {
            Map<String, Object> own = new LinkedHashMap<>(config);
            own.keySet().retainAll(Set.of(TokenizerFormat.KEY));
            return Options.bind(JsonValue.of(own), TokenizerKey.class).perk4j_tokenizer();
        }
    }

    private final Leases leases;
    private final Path path;
    private final Map<String, Object> config;
    private final Model model;
    private final Tokenizer tokenizer;
    private final Path tokenizerFolder;
    private final List<String> tokenizerFiles;
    private final ModelFiles files;
    private final Sampling sampling;

    /** @param most the largest number of weights that there is memory for */
    private BaseModel(Leases leases, ModelType type, Tokenizer tokenizer, Path tokenizerFolder, List<String> tokenizerFiles,
                      Path path, Map<String, Object> config, ModelFiles files, long most) throws IOException {
        this.leases = leases;
        this.path = path;
        this.files = files;
        this.tokenizer = tokenizer;
        this.tokenizerFolder = tokenizerFolder;
        this.tokenizerFiles = tokenizerFiles;
        this.config = new LinkedHashMap<>(config);
        this.sampling = files == null ? Sampling.GREEDY : Sampling.in(tokenizerFolder);
        this.config.putIfAbsent("vocab_size", (double) tokenizer.vocabulary());
        long weights = type.weights(this.config);
        if (weights > most) {
            throw new IllegalArgumentException(files == null
                    ? "model: describes a model of " + weights + " weights, but the heap has room for only " + most + ":"
                            + " make it smaller, or the heap larger, as with PERK_JAVA_OPTS=-Xmx4g in the environment"
                    : "describes a model of " + weights + " weights, but its files have room for only " + most + ":"
                            + " take all files from the same model");
        }
        LookedUpKeys keys = new LookedUpKeys(this.config);
        this.model = type.create(keys);
        if (files == null) {
            keys.requireNoneMisspelt(); // for a model from scratch
        }
        if (tokenizer.vocabulary() > model.size().vocabulary()) {
            throw new IllegalArgumentException("vocab_size: the tokenizer has " + tokenizer.vocabulary()
                    + " tokens, the model only " + model.size().vocabulary() + ": take both from the same model");
        }
    }

    /**
     * @param path a folder in Hugging Face's layout, a GGUF file, or the name of a model that was downloaded by its name
     * @throws IOException naming file, place and remedy, if there is no valid model that a plugin supports
     */
    public static BaseModel open(Path path, Plugins plugins) throws IOException {
        ModelFiles files = ModelFiles.open(path);
        if (!(files.config().get("model_type") instanceof String type)) {
            throw new FileFormatException(files.configFile(),
                    "model_type: is missing: set it to the model's family, such as \"gpt2\"");
        }
        try {
            return open(type, files.path(), files.config(), files, files.mostWeights(), plugins);
        } catch (MissingPluginException e) {
            throw e.at(files.configFile().toString());
        } catch (IllegalArgumentException e) {
            throw new FileFormatException(files.configFile(), e.getMessage());
        }
    }

    /**
     * Makes a model without weights.
     *
     * @param type      its {@code model_type}
     * @param config    its {@code config.json}, which may pick a {@link TokenizerFormat}; the default of {@code vocab_size}
     *                  is the tokenizer's
     * @param tokenizer the tokenizer's folder
     * @param most      the largest number of weights that there is memory for
     * @throws IllegalArgumentException naming the key of the configuration that is missing, wrong or misspelt
     */
    public static BaseModel create(String type, Map<String, Object> config, Path tokenizer, long most, Plugins plugins)
            throws IOException {
        return open(type, tokenizer, config, null, most, plugins);
    }

    private static BaseModel open(String modelType, Path path, Map<String, Object> config, ModelFiles files,
                                  long most, Plugins plugins) throws IOException {
        Leases leases = new Leases();
        try {
            Path tokenizer = files == null ? path : leases.add(files).tokenizerFolder();
            ModelType type = leases.plugin(plugins, ModelType.class, modelType);
            PluginChoice choice = TokenizerKey.in(config);
            TokenizerFormat<?> format = leases.plugin(plugins, TokenizerFormat.class, choice.type());
            return new BaseModel(leases, type, leases.add(open(format, choice, tokenizer)), tokenizer, format.files(), path,
                    config, files, most);
        } catch (IOException | RuntimeException e) {
            leases.close();
            throw e;
        }
    }

    private static <O extends Record> Tokenizer open(TokenizerFormat<O> format, PluginChoice choice, Path folder)
            throws IOException {
        return format.open(folder, Options.bind(choice, format.options()));
    }

    /** @return the bundles of model and tokenizer, with their versions */
    List<String> bundles() {
        return leases.bundles();
    }

    /** @return whether opening it now would use the same plugins */
    boolean isCurrent() {
        return leases.areCurrent();
    }

    /** @return the folder or file that was opened; for a model without weights, the folder of its tokenizer */
    public Path path() {
        return path;
    }

    /** @return the model's {@code config.json}, or its equivalent for a GGUF file */
    public Map<String, Object> config() {
        return config;
    }

    /** @return the model */
    public Model model() {
        return model;
    }

    /** @return its tokenizer */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** @return how tokens are chosen if the base is asked alone in a conversation, and nobody says it */
    public Sampling sampling() {
        return sampling;
    }

    /** @return the folder of the tokenizer's files, to be used until this is closed */
    public Path tokenizerFolder() {
        return tokenizerFolder;
    }

    /** @return the names of the files that the tokenizer may have in {@link #tokenizerFolder} */
    public List<String> tokenizerFiles() {
        return tokenizerFiles;
    }

    /**
     * @return the prompt for a question to a memory
     * @throws IllegalArgumentException if the question is blank, or longer than the model reads
     */
    public int[] question(Memory memory, String question) {
        return question(List.of(memory), question);
    }

    /** Like {@link #question(Memory, String)}, about the documents of several memories. */
    public int[] question(List<Memory> memories, String question) {
        if (question.isBlank()) {
            throw new IllegalArgumentException("the question is empty: ask something");
        }
        EpisodeEncoder encoder = encoder(new Prompts(false));
        int documents = memories.stream().mapToInt(memory -> Math.max(0, memory.provenance().spans().size() - 1)).sum();
        boolean isKnown = memories.stream().anyMatch(memory -> !memory.provenance().spans().isEmpty());
        return isKnown ? encoder.question(documents, question) : encoder.questionWithoutContext(question);
    }

    /**
     * Makes the prompt of a conversation: for memories as their adapter was trained, for the base alone by its chat template
     * if it has one.
     *
     * @param memories  the memories to ask; empty to ask the base alone
     * @param system    the system message; empty for none
     * @param questions the questions, one more than there are answers
     * @param answers   the answers to all questions but the last
     * @return the prompt with the last question, after the others with their answers
     * @throws PromptTooLongException   if it is longer than the model reads
     * @throws IllegalArgumentException as for {@link #question(Memory, String)}, or if the chat template refuses this
     */
    public int[] conversation(List<Memory> memories, String system, List<String> questions, List<String> answers) {
        if (memories.isEmpty() && tokenizer.chatFormat().isPresent()) {
            return readable(new ChatPrompts(tokenizer, tokenizer.chatFormat().get()).prompt(system, questions, answers));
        }
        EpisodeEncoder encoder = encoder(new Prompts(false));
        String first = system.isEmpty() ? questions.get(0) : system + "\n" + questions.get(0);
        int[] prompt = memories.isEmpty() ? encoder.questionWithoutContext(first) : question(memories, first);
        for (int i = 0; i < answers.size(); i++) {
            prompt = encoder.questionAfter(prompt, answers.get(i), questions.get(i + 1));
        }
        return prompt;
    }

    private int[] readable(int[] prompt) {
        if (prompt.length > model.size().positions()) {
            throw new PromptTooLongException("the conversation takes " + prompt.length + " tokens, but the model reads at"
                    + " most " + model.size().positions() + "; shorten it, or use a model that reads more");
        }
        return prompt;
    }

    /** @return an encoder of episodes that are read with an adapter, which leaves their segments as they are */
    public EpisodeEncoder encoder(Prompts prompts, Adapter adapter) {
        return new EpisodeEncoder(tokenizer, prompts, model.size().positions() - adapter.virtualTokens());
    }

    /** @return an encoder for episodes that this model reads, which doesn't cut their segments */
    public EpisodeEncoder encoder(Prompts prompts) {
        return new EpisodeEncoder(tokenizer, prompts, model.size().positions());
    }

    /** @return an encoder for texts that are read with an adapter */
    EpisodeEncoder encoder(Prompts prompts, Adapter adapter, Segmentation segmentation) {
        return new EpisodeEncoder(tokenizer, prompts, model.size().positions() - adapter.virtualTokens(), segmentation);
    }

    /** @return the fingerprint of the weights' files, read from the user's cache if an earlier process computed it */
    public String fingerprint() throws IOException {
        return FingerprintCache.ofUser().of(files.weightFiles(), files::fingerprint);
    }

    /** @throws IOException if the memory was encoded with another model */
    public void requireWriterOf(Memory memory) throws IOException {
        if (!memory.baseFingerprint().equals(Memory.UNKNOWN_BASE) && !memory.baseFingerprint().equals(fingerprint())) {
            throw new IOException("this memory was encoded with another base model than " + path
                    + ": name that one by --base");
        }
    }

    /**
     * Uploads the weights in the type in which they are stored, as far as the backend can hold it.
     *
     * @return the weights as {@link Model#parameters()} lists them, owned by the innermost open scope of {@code compute}
     */
    public Parameters upload(Compute compute) throws IOException {
        return upload(compute, WeightType.STORED);
    }

    /** @return like {@link #upload(Compute)}, weights of the given type */
    public Parameters upload(Compute compute, WeightType type) throws IOException {
        List<String> names = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        try (Weights weights = files.weights()) {
            for (ParameterSpec parameter : model.parameters()) {
                names.add(parameter.name());
                String name = stored(weights, parameter);
                boolean rounded = type == WeightType.BFLOAT16 && parameter.shape().rows() > 1;
                tensors.add(upload(compute, weights, name, parameter.shape(), rounded));
            }
        }
        return new Parameters(names, tensors);
    }

    private static Tensor upload(Compute compute, Weights weights, String name, Shape shape, boolean rounded)
            throws IOException {
        Optional<PackedMatrix> packed = rounded ? Optional.empty() : weights.packed(name);
        if (packed.isPresent()) {
            return compute.uploadPacked(packed.get());
        }
        return rounded || weights.dtype(name).equals(BFLOAT16)
                ? compute.uploadBfloat16(shape, ShortBuffer.wrap(weights.readBfloat16(name)))
                : compute.upload(shape, FloatBuffer.wrap(weights.read(name)));
    }

    /** @return the weights as {@link Model#parameters()} lists them, row by row */
    public List<float[]> weights() throws IOException {
        List<float[]> weights = new ArrayList<>();
        try (Weights stored = files.weights()) {
            for (ParameterSpec parameter : model.parameters()) {
                weights.add(stored.read(stored(stored, parameter)));
            }
        }
        return weights;
    }

    /** Opens the stored weights; the caller closes them. */
    Weights storedWeights() throws IOException {
        return files.weights();
    }

    /** @return the name of a parameter's tensor, whose shape is checked */
    String stored(Weights weights, ParameterSpec parameter) throws IOException {
        String name = stored(weights.names(), parameter.name());
        int[] dimensions = weights.dimensions(name);
        Shape shape = parameter.shape();
        boolean matrix = dimensions.length == 2 && dimensions[0] == shape.rows() && dimensions[1] == shape.columns();
        boolean row = dimensions.length == 1 && shape.rows() == 1 && dimensions[0] == shape.columns();
        if (!matrix && !row) {
            throw new FileFormatException(weights.file(name), name + ": has the shape "
                    + IntStream.of(dimensions).boxed().toList() + ", but " + CONFIG + " says " + shape
                    + ": take both files from the same model");
        }
        return name;
    }

    /** Models saved without their head lack the first part of the names, such as {@code transformer.}. */
    private String stored(Set<String> names, String name) throws IOException {
        if (names.contains(name)) {
            return name;
        }
        String withoutHead = name.substring(name.indexOf('.') + 1);
        if (names.contains(withoutHead)) {
            return withoutHead;
        }
        throw new FileFormatException(path,
                name + ": is missing in the weights: take them from the model that " + CONFIG + " describes");
    }

    @Override
    public void close() {
        leases.close();
    }
}
