package org.perk4j.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.perk4j.backend.Compute;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.formats.SafetensorsEntry.Stored;
import org.perk4j.formats.Weights;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/**
 * Writes a base with some changed weights as a folder in Hugging Face's layout. Unchanged weights are copied as they are
 * stored; the others are written in float32, since rounding them to the base's type would lose part of what was merged.
 */
final class MergedModel {

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    /** Files that transformers reads besides the weights and the tokenizer's files. */
    private static final List<String> OTHER_FILES = List.of("generation_config.json", "chat_template.jinja");
    /** The keys of {@code config.json} for the type in which transformers holds the weights: since release 5, and before. */
    private static final List<String> TYPE_KEYS = List.of("dtype", "torch_dtype");

    private final BaseModel base;
    private final Compute compute;
    private final Parameters changed;

    private MergedModel(BaseModel base, Compute compute, Parameters changed) {
        this.base = base;
        this.compute = compute;
        this.changed = changed;
    }

    /** @param changed the changed weights of the model, on {@code compute} */
    static void write(BaseModel base, Compute compute, Parameters changed, Path folder) throws IOException {
        AtomicFiles.writeFolder(folder, new MergedModel(base, compute, changed)::fill);
    }

    private void fill(Path folder) throws IOException {
        Set<String> names = new TreeSet<>(base.tokenizerFiles());
        names.addAll(OTHER_FILES);
        for (String name : names) {
            if (Files.exists(base.tokenizerFolder().resolve(name))) {
                byte[] content = InputFiles.read(base.tokenizerFolder().resolve(name));
                AtomicFiles.write(folder.resolve(name), stream -> stream.write(content));
            }
        }
        try (Weights stored = base.storedWeights()) {
            List<SafetensorsEntry> entries = new ArrayList<>();
            boolean isWidened = false;
            for (ParameterSpec parameter : base.model().parameters()) {
                String name = base.stored(stored, parameter);
                boolean isChanged = changed.has(parameter.name());
                isWidened |= isChanged && type(stored.dtype(name)) != Stored.F32;
                entries.add(new SafetensorsEntry(parameter.name(), stored.dimensions(name),
                        isChanged ? Stored.F32 : type(stored.dtype(name)),
                        () -> isChanged ? elements(changed.get(parameter.name())) : elements(stored, name)));
            }
            Safetensors.write(folder.resolve(WEIGHTS), Map.of("format", "pt"), entries);
            AtomicFiles.writeString(folder.resolve(CONFIG), Json.write(config(isWidened)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Stored type(String dtype) {
        return switch (dtype) {
            case "BF16" -> Stored.BF16;
            case "F16" -> Stored.F16;
            default -> Stored.F32;
        };
    }

    private FloatBuffer elements(Tensor tensor) {
        FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(tensor.shape().size()));
        compute.download(tensor, elements);
        return elements.flip();
    }

    private static FloatBuffer elements(Weights stored, String name) {
        try {
            return FloatBuffer.wrap(stored.read(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param isWidened whether some weights are now stored in more bits than before */
    private Map<String, Object> config(boolean isWidened) {
        Map<String, Object> config = new LinkedHashMap<>(base.config());
        if (isWidened) {
            TYPE_KEYS.forEach(key -> config.put(key, "float32"));
        }
        return config;
    }
}
