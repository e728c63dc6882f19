package org.perk4j.memory.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.memory.MemoryStore;
import org.perk4j.tensor.Shape;

/** Keeps each memory as a folder that Hugging Face PEFT can load as well. */
@Component
public final class PeftMemoryStore implements MemoryStore {

    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String MANIFEST = "perk4j.json";
    private static final Set<String> FILES = Set.of(CONFIG, TENSORS, MANIFEST);

    private static final String REMEDY = ": encode the context again, or restore the folder from a copy";

    private final String program;

    /** Outside a framework. */
    public PeftMemoryStore() {
        this("Perk4J");
    }

    /** Within a framework: knows its version. */
    @Activate
    public PeftMemoryStore(BundleContext context) {
        this("Perk4J " + context.getBundle().getVersion());
    }

    private PeftMemoryStore(String program) {
        this.program = program;
    }

    @Override
    public Closeable reserve(Path folder, boolean replace) throws IOException {
        requireFree(folder, replace);
        return OutputPlace.ofFolder(folder);
    }

    @Override
    public void write(Path folder, Memory memory, boolean replace) throws IOException {
        requireFree(folder, replace);
        AtomicFiles.writeFolder(folder, into -> {
            Path tensors = into.resolve(TENSORS);
            Safetensors.write(tensors, Map.of("format", "pt"), entries(memory.tensors()));
            AtomicFiles.writeString(into.resolve(CONFIG), Json.write(memory.configuration()));
            Manifest manifest = new Manifest(Manifest.FORMAT, program,
                    PluginChoice.of(memory.adapterType(), memory.options()), memory.baseFingerprint(),
                    Manifest.Origin.of(memory.provenance()), Manifest.Entry.of(memory.tensors()), Fingerprint.of(tensors));
            AtomicFiles.writeString(into.resolve(MANIFEST), Json.write(manifest));
        });
    }

    private static List<SafetensorsEntry> entries(Map<String, Matrix> tensors) {
        List<SafetensorsEntry> entries = new ArrayList<>();
        tensors.forEach((name, matrix) -> entries.add(new SafetensorsEntry(name,
                new int[] {matrix.shape().rows(), matrix.shape().columns()}, matrix::elements)));
        return entries;
    }

    /** Replacing a folder deletes it, so it must hold a memory and nothing that someone may have put beside it. */
    private static void requireFree(Path folder, boolean replace) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new FileAlreadyExistsException(folder.toString(), null, "there is a file of this name: choose another");
        }
        if (!replace) {
            throw new FileAlreadyExistsException(folder.toString(), null, "there is already a folder of this name: choose "
                    + "another name, or say that it may be replaced, as --replace does");
        }
        Set<String> content = content(folder);
        if (!content.isEmpty() && !(content.contains(MANIFEST) && FILES.containsAll(content))) {
            throw new FileAlreadyExistsException(folder.toString(), null, "holds something that is not a memory: choose "
                    + "another name, or move away what is there");
        }
    }

    private static Set<String> content(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Override
    public Memory read(Path folder) throws IOException {
        AtomicFiles.recoverFolder(folder);
        requireComplete(folder);
        Manifest manifest = Options.read(folder.resolve(MANIFEST), Manifest.class);
        Map<String, Object> configuration = Json.readObject(folder.resolve(CONFIG));
        return new Memory(manifest.adapter().type(), options(manifest.adapter()),
                Collections.unmodifiableMap(configuration), manifest.baseFingerprint(),
                manifest.provenance().toProvenance(), tensors(folder.resolve(TENSORS), manifest));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> options(PluginChoice adapter) {
        return (Map<String, Object>) adapter.options().plain();
    }

    private static void requireComplete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "there is no such memory: check the name");
        }
        for (String file : List.of(MANIFEST, CONFIG, TENSORS)) {
            if (Files.notExists(folder.resolve(file))) {
                throw new NoSuchFileException(folder.toString(), null, "not a memory, it holds no " + file + REMEDY);
            }
        }
    }

    private static Map<String, Matrix> tensors(Path file, Manifest manifest) throws IOException {
        Map<String, Matrix> matrices = new LinkedHashMap<>();
        try (Safetensors tensors = Safetensors.open(file)) {
            requireSameNames(file, tensors.names(), manifest.tensors().stream().map(Manifest.Entry::name).toList());
            for (Manifest.Entry entry : manifest.tensors()) {
                requireSameShape(file, tensors, entry);
                float[] elements = tensors.read(entry.name());
                matrices.put(entry.name(), new Matrix(new Shape(entry.rows(), entry.columns()),
                        FloatBuffer.wrap(elements).asReadOnlyBuffer()));
            }
        }
        if (!Fingerprint.of(file).equals(manifest.tensorsSha256())) {
            throw new FileFormatException(file, "was changed since it was encoded" + REMEDY);
        }
        return Collections.unmodifiableMap(matrices);
    }

    private static void requireSameNames(Path file, Collection<String> found, Collection<String> expected)
            throws IOException {
        Set<String> missing = new LinkedHashSet<>(expected);
        missing.removeAll(found);
        Set<String> surplus = new LinkedHashSet<>(found);
        surplus.removeAll(expected);
        if (!missing.isEmpty() || !surplus.isEmpty()) {
            throw new FileFormatException(file, Stream.of(list("missing", missing), list("not expected", surplus))
                    .filter(list -> !list.isEmpty()).collect(Collectors.joining("; ")) + REMEDY);
        }
    }

    /** A few names are enough to see what happened. */
    private static String list(String title, Set<String> names) {
        return names.isEmpty() ? "" : title + ": " + names.stream().limit(3).map(Json::writeLine).collect(Collectors.joining(", "))
                + (names.size() > 3 ? " and " + (names.size() - 3) + " more tensors" : "");
    }

    private static void requireSameShape(Path file, Safetensors tensors, Manifest.Entry entry) throws IOException {
        int[] found = tensors.dimensions(entry.name());
        if (!Arrays.equals(found, entry.dimensions())) {
            throw new FileFormatException(file, "tensor \"" + entry.name() + "\" has the dimensions " + Arrays.toString(found)
                    + ", not " + Arrays.toString(entry.dimensions()) + REMEDY);
        }
    }
}
