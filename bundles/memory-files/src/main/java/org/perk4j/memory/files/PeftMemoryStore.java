package org.perk4j.memory.files;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
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
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Printable;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.formats.TextFile;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.memory.MemoryStore;

/** Stores each memory as a folder that Hugging Face PEFT can load too. */
@Component
public final class PeftMemoryStore implements MemoryStore {

    static final String REMEDY = ": encode the context again, or restore the folder from a copy";

    private final String program;

    /** Creates a store outside a framework. */
    public PeftMemoryStore() {
        this("Perk4J");
    }

    /** Called by Declarative Services. Knows the program's version. */
    @Activate
    public PeftMemoryStore(BundleContext context) {
        this("Perk4J " + context.getBundle().getVersion());
    }

    private PeftMemoryStore(String program) {
        this.program = program;
    }

    @Override
    public Place reserve(Path folder, boolean replace) throws IOException {
        requireFree(folder, replace);
        OutputPlace place = OutputPlace.ofFolder(folder);
        return new Place() {

            @Override
            public void write(Memory memory) throws IOException {
                requireFree(folder, replace);
                PeftMemoryStore.this.write(new MemoryFolder(folder), memory);
            }

            @Override
            public void close() throws IOException {
                place.close();
            }
        };
    }

    private void write(MemoryFolder folder, Memory memory) throws IOException {
        String version = UUID.randomUUID().toString();
        folder.write(version, into -> {
            Safetensors.write(into.resolve(MemoryFolder.TENSORS), Map.of("format", "pt"), entries(memory.tensors()));
            AtomicFiles.writeString(into.resolve(MemoryFolder.CONFIG), Json.write(memory.configuration()));
            List<Manifest.Digest> files = new ArrayList<>();
            for (String name : MemoryFolder.COVERED) {
                files.add(new Manifest.Digest(name, Fingerprint.of(into.resolve(name))));
            }
            Manifest manifest = new Manifest(Manifest.FORMAT, version, program,
                    PluginChoice.of(memory.adapterType(), memory.options()), memory.baseFingerprint(),
                    Manifest.Origin.of(memory.provenance()), Manifest.Entry.of(memory.tensors()), files, "");
            AtomicFiles.writeString(into.resolve(MemoryFolder.MANIFEST), manifest.toJson());
        });
    }

    private static List<SafetensorsEntry> entries(Map<String, Matrix> tensors) {
        List<SafetensorsEntry> entries = new ArrayList<>();
        tensors.forEach((name, matrix) -> entries.add(new SafetensorsEntry(name,
                matrix.dimensions().stream().mapToInt(d -> d).toArray(), matrix::elements)));
        return entries;
    }

    /** A folder is replaced as a whole, so it must hold nothing but a memory. */
    private static void requireFree(Path path, boolean replace) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) { // also below a file, where notExists is unsure
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new FileAlreadyExistsException(path.toString(), null, "there is a file of this name: choose another");
        }
        MemoryFolder folder = new MemoryFolder(path);
        List<String> foreign = folder.foreign();
        if (!foreign.isEmpty() || !folder.isEmpty() && !folder.holds(MemoryFolder.MANIFEST)) {
            throw new FileAlreadyExistsException(path.toString(), null, "holds files that are not a memory's"
                    + (foreign.isEmpty() ? "" : ", such as " + Printable.line(foreign.get(0)))
                    + ": choose another name, or move them away");
        }
        if (!replace) {
            throw new FileAlreadyExistsException(path.toString(), null, "there is already a folder of this name: choose "
                    + "another name, or say that it may be replaced, as --replace does");
        }
    }

    @Override
    public Memory read(Path path) throws IOException {
        MemoryFolder folder = new MemoryFolder(path);
        if (!Files.isDirectory(path)) {
            throw new NoSuchFileException(path.toString(), null, "there is no such memory: check the name");
        }
        if (!folder.holds(MemoryFolder.MANIFEST) && folder.holds(MemoryFolder.CONFIG)) {
            return PeftAdapter.read(path);
        }
        while (true) {
            String manifest = manifest(path);
            try {
                return read(folder);
            } catch (IOException e) {
                if (manifest.equals(manifest(path))) {
                    throw e;
                } // otherwise it was replaced in the meantime: read the new one
            }
        }
    }

    private static String manifest(Path folder) throws IOException {
        if (Files.notExists(folder.resolve(MemoryFolder.MANIFEST))) {
            throw missing(folder, MemoryFolder.MANIFEST);
        }
        return TextFile.read(folder.resolve(MemoryFolder.MANIFEST));
    }

    private static NoSuchFileException missing(Path folder, String file) {
        return new NoSuchFileException(folder.toString(), null, "not a memory, it holds no " + file + REMEDY);
    }

    private static Memory read(MemoryFolder folder) throws IOException {
        Manifest manifest = Manifest.read(folder.path().resolve(MemoryFolder.MANIFEST));
        for (String file : MemoryFolder.COVERED) {
            if (!folder.holds(file)) { // perhaps still the previous version's
                throw missing(folder.path(), file);
            }
        }
        Map<String, Object> configuration = folder.open(manifest.version(), MemoryFolder.CONFIG,
                file -> configuration(file, manifest));
        try (Safetensors tensors = folder.open(manifest.version(), MemoryFolder.TENSORS, Safetensors::open)) {
            return new Memory(manifest.adapter().type(), options(manifest.adapter()), configuration,
                    manifest.baseFingerprint(), manifest.provenance().toProvenance(),
                    tensors(folder.path().resolve(MemoryFolder.TENSORS), tensors, manifest));
        }
    }

    /** Parses the same bytes whose fingerprint is checked. */
    private static Map<String, Object> configuration(Path file, Manifest manifest) throws IOException {
        byte[] content = InputFiles.read(file);
        if (!Fingerprint.of(content).equals(manifest.fingerprint(MemoryFolder.CONFIG))) {
            throw Manifest.changed(file);
        }
        return Collections.unmodifiableMap(Json.parseObject(new String(content, StandardCharsets.UTF_8)));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> options(PluginChoice adapter) {
        return (Map<String, Object>) adapter.options().plain();
    }

    private static Map<String, Matrix> tensors(Path file, Safetensors tensors, Manifest manifest) throws IOException {
        requireSameNames(file, tensors.names(), manifest.tensors().stream().map(Manifest.Entry::name).toList());
        Map<String, Matrix> matrices = new LinkedHashMap<>();
        for (Manifest.Entry entry : manifest.tensors()) {
            requireSameShape(file, tensors, entry);
            matrices.put(entry.name(), entry.matrix(FloatBuffer.wrap(tensors.read(entry.name())).asReadOnlyBuffer()));
        }
        if (!tensors.fingerprint().equals(manifest.fingerprint(MemoryFolder.TENSORS))) {
            throw Manifest.changed(file);
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
            throw new FileFormatException(file, Stream.of(list("missing", missing), list("unexpected", surplus))
                    .filter(list -> !list.isEmpty()).collect(Collectors.joining("; ")) + REMEDY);
        }
    }

    /** Lists the first few names. */
    private static String list(String title, Set<String> names) {
        return names.isEmpty() ? ""
                : title + ": " + names.stream().limit(3).map(Json::writeLine).collect(Collectors.joining(", "))
                + (names.size() > 3 ? " and " + (names.size() - 3) + " more tensors" : "");
    }

    private static void requireSameShape(Path file, Safetensors tensors, Manifest.Entry entry) throws IOException {
        int[] found = tensors.dimensions(entry.name());
        if (!Arrays.equals(found, entry.inFile())) {
            throw new FileFormatException(file,
                    "tensor \"" + entry.name() + "\" has the dimensions " + Arrays.toString(found)
                    + ", not " + Arrays.toString(entry.inFile()) + REMEDY);
        }
    }
}
