package org.perk4j.memory.files;

import static java.util.Map.entry;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.tensor.Shape;

/**
 * An adapter that Hugging Face PEFT made: LoRA with a rank and an alpha of each layer's own, as {@code rank_pattern} and
 * {@code alpha_pattern} say, scaled by α/r or, rank-stabilised, α/√r.
 *
 * <p>Our adapter has one rank and one scale for all layers. What is missing in a layer's rank is filled up with zeros, which
 * changes nothing, and if the scales differ, each is multiplied into its layer's B.
 */
final class PeftAdapter {

    private static final String CONFIG = MemoryFolder.CONFIG;
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    /** What doesn't change what an adapter does when it is applied: notes, and how its training began and went. */
    private static final Set<String> NEUTRAL = Set.of("peft_type", "task_type", "peft_version", "auto_mapping", "revision",
            "base_model_name_or_path", "inference_mode", "runtime_config", "r", "lora_alpha", "use_rslora", "rank_pattern",
            "alpha_pattern", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "fan_in_fan_out",
            "lora_dropout", "init_lora_weights", "eva_config", "loftq_config", "corda_config", "lora_ga_config",
            "megatron_config", "megatron_core", "qalora_group_size", "bias");

    /** How a training can begin without changing the base's own weights. */
    private static final Set<Object> BEGINNINGS = Set.of(true, false, "gaussian", "eva", "orthogonal");

    private static final Map<String, String> NAMES = Map.ofEntries(
            entry("use_dora", "DoRA, which scales the base's weights too"),
            entry("lora_bias", "biases of LoRA's own"),
            entry("modules_to_save", "whole layers in place of the base's"),
            entry("trainable_token_indices", "embeddings of its own"),
            entry("layer_replication", "layers that are there several times"),
            entry("alora_invocation_tokens", "aLoRA, which begins to act at certain tokens"),
            entry("target_parameters", "parameters that are no layer's"),
            entry("use_qalora", "QALoRA"),
            entry("arrow_config", "Arrow, which chooses among several adapters"));

    private final Path folder;
    private final Map<String, Object> configuration;

    private PeftAdapter(Path folder, Map<String, Object> configuration) {
        this.folder = folder;
        this.configuration = configuration;
    }

    /**
     * @return the adapter as a memory of nothing that is known, for a base that isn't known either
     * @throws IOException naming file, key and reason, if it is something that can't be applied as PEFT would
     */
    static Memory read(Path folder) throws IOException {
        PeftAdapter adapter = new PeftAdapter(folder, Json.readObject(folder.resolve(CONFIG)));
        adapter.requireLora();
        return adapter.memory();
    }

    private void requireLora() throws IOException {
        Object type = configuration.get("peft_type");
        if (!"LORA".equals(type)) {
            throw refused("peft_type", Json.writeLine(type) + ": of PEFT's adapters, only those of type \"LORA\" can be used");
        }
        for (Map.Entry<String, Object> setting : configuration.entrySet()) {
            if (!NEUTRAL.contains(setting.getKey()) && isSet(setting.getValue())) {
                String name = NAMES.get(setting.getKey());
                throw refused(setting.getKey(), Json.writeLine(setting.getValue()) + ": " + (name == null
                        ? "what this does to an adapter is not known" : "adapters with " + name + " can't be used"));
            }
        }
        Object bias = configuration.getOrDefault("bias", "none");
        if (!"none".equals(bias)) {
            throw refused("bias", Json.writeLine(bias) + ": adapters with biases of the base's layers can't be used");
        }
        Object beginning = configuration.getOrDefault("init_lora_weights", true);
        if (!BEGINNINGS.contains(beginning)) {
            throw refused("init_lora_weights", Json.writeLine(beginning) + ": this changes the base's weights, which are not in the "
                    + "adapter; have PEFT save it with path_initial_model_for_weight_conversion");
        }
    }

    private static boolean isSet(Object value) {
        return value != null && !Boolean.FALSE.equals(value) && !(value instanceof Collection<?> list && list.isEmpty())
                && !(value instanceof Map<?, ?> map && map.isEmpty());
    }

    private FileFormatException refused(String key, String reason) {
        return new FileFormatException(folder.resolve(CONFIG), key + ": " + reason + " here");
    }

    private Memory memory() throws IOException {
        Path file = folder.resolve(MemoryFolder.TENSORS);
        if (Files.notExists(file)) {
            throw new NoSuchFileException(folder.toString(), null, "it holds no " + MemoryFolder.TENSORS
                    + (Files.exists(folder.resolve("adapter_model.bin"))
                            ? ", and adapter_model.bin is not read, as it may hold a program: have PEFT save it in safetensors"
                            : ": copy the weights there"));
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            List<Layer> layers = layers(file, tensors);
            int rank = layers.stream().mapToInt(Layer::rank).max().orElseThrow();
            boolean alike = layers.stream().allMatch(layer -> layer.rank == rank && layer.scale == layers.get(0).scale);
            Map<String, Matrix> matrices = new LinkedHashMap<>();
            for (Layer layer : layers) {
                matrices.put(PREFIX + layer.name + A, layer.a(tensors, rank));
                matrices.put(PREFIX + layer.name + B, layer.b(tensors, rank, alike ? 1 : layer.scale));
            }
            Map<String, Object> options = Map.of("rank", (double) rank, "rankStabilized", false,
                    "alpha", alike ? layers.get(0).scale * rank : rank, "targets", layers.stream().map(Layer::name).toList());
            return new Memory("lora", options, Collections.unmodifiableMap(configuration), Memory.UNKNOWN_BASE,
                    new Memory.Provenance(folder.toString(), tensors.fingerprint(), 0, List.of(),
                            Files.getLastModifiedTime(file).toInstant()),
                    Collections.unmodifiableMap(matrices));
        }
    }

    /** A layer of the base with what is added to it. */
    private record Layer(String name, int rank, int inputs, int outputs, double scale) {

        /** Its rows are the ranks. */
        Matrix a(Safetensors tensors, int ranks) throws IOException {
            FloatBuffer filled = FloatBuffer.allocate(Math.multiplyExact(ranks, inputs));
            filled.put(tensors.read(PREFIX + name + A));
            return new Matrix(new Shape(ranks, inputs), filled.clear().asReadOnlyBuffer());
        }

        /** Its columns are. */
        Matrix b(Safetensors tensors, int ranks, double scaling) throws IOException {
            float[] given = tensors.read(PREFIX + name + B);
            FloatBuffer filled = FloatBuffer.allocate(Math.multiplyExact(ranks, outputs));
            for (int i = 0; i < given.length; i++) {
                filled.put(i / rank * ranks + i % rank, (float) (given[i] * scaling));
            }
            return new Matrix(new Shape(outputs, ranks), filled.asReadOnlyBuffer());
        }
    }

    private List<Layer> layers(Path file, Safetensors tensors) throws IOException {
        Set<String> left = new LinkedHashSet<>(tensors.names());
        List<Layer> layers = new ArrayList<>();
        for (String name : tensors.names()) {
            if (name.startsWith(PREFIX) && name.endsWith(A)) {
                String layer = name.substring(PREFIX.length(), name.length() - A.length());
                layers.add(layer(file, tensors, layer));
                left.removeAll(List.of(name, PREFIX + layer + B));
            }
        }
        if (!left.isEmpty() || layers.isEmpty()) {
            throw new FileFormatException(file, left.isEmpty() ? "there is no tensor in it: get the file anew"
                    : "tensor " + Json.writeLine(left.iterator().next()) + ": what this does is not known, as only pairs "
                            + PREFIX + "…" + A + " and …" + B + " are: have PEFT save the adapter with LoRA alone");
        }
        return layers;
    }

    private Layer layer(Path file, Safetensors tensors, String name) throws IOException {
        int rank = Math.toIntExact(Math.round(of(name, "rank_pattern", number(configuration.get("r"), "r"))));
        double alpha = of(name, "alpha_pattern", number(configuration.get("lora_alpha"), "lora_alpha"));
        if (!tensors.names().contains(PREFIX + name + B)) {
            throw new FileFormatException(file, "tensor \"" + PREFIX + name + B + "\" is missing: get the file anew");
        }
        int[] a = tensors.dimensions(PREFIX + name + A);
        int[] b = tensors.dimensions(PREFIX + name + B);
        if (a.length != 2 || b.length != 2 || a[0] != rank || b[1] != rank) {
            throw new FileFormatException(file, "tensors \"" + PREFIX + name + ".lora_…\" are not of rank " + rank + ", which "
                    + CONFIG + " says: get both files anew");
        }
        boolean stabilized = Boolean.TRUE.equals(configuration.get("use_rslora"));
        return new Layer(name, rank, a[1], b[0], alpha / (stabilized ? Math.sqrt(rank) : rank));
    }

    /** PEFT's rule: the first pattern that matches the end of the layer's name, from a dot on. */
    private double of(String layer, String patterns, double otherwise) throws IOException {
        if (configuration.get(patterns) instanceof Map<?, ?> values) {
            for (Map.Entry<?, ?> value : values.entrySet()) {
                try {
                    if (Pattern.matches("(.*\\.)?(" + value.getKey() + ")", layer)) {
                        return number(value.getValue(), patterns + "." + value.getKey());
                    }
                } catch (PatternSyntaxException e) {
                    throw refused(patterns, Json.writeLine(value.getKey()) + ": no regular expression");
                }
            }
        }
        return otherwise;
    }

    private double number(Object value, String key) throws IOException {
        if (value instanceof Double number && Double.isFinite(number) && Math.abs(number) < Integer.MAX_VALUE) {
            return number;
        }
        throw refused(key, Json.writeLine(value) + ": no number that can be used");
    }
}
