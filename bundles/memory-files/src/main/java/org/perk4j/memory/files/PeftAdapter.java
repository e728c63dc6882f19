package org.perk4j.memory.files;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.tensor.Shape;

/** Reads an adapter that Hugging Face PEFT saved, from its two files. Plugins find out its type. */
final class PeftAdapter {

    private PeftAdapter() {
    }

    /**
     * @return the adapter as a memory with unknown content and an unknown base
     * @throws IOException naming the file and the reason, if it can't be read
     */
    static Memory read(Path folder) throws IOException {
        Map<String, Object> configuration = Json.readObject(folder.resolve(MemoryFolder.CONFIG));
        Path file = folder.resolve(MemoryFolder.TENSORS);
        if (Files.notExists(file)) {
            throw new NoSuchFileException(folder.toString(), null, "holds no " + MemoryFolder.TENSORS
                    + (Files.exists(folder.resolve("adapter_model.bin"))
                            ? ", and adapter_model.bin is not read, as it may hold a program: have PEFT save it in "
                            + "safetensors" : ": copy the weights there"));
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            if (tensors.names().isEmpty()) {
                throw new FileFormatException(file, "holds no tensor: download it again");
            }
            Map<String, Matrix> matrices = new LinkedHashMap<>();
            for (String name : tensors.names()) {
                matrices.put(name, matrix(tensors, name));
            }
            return new Memory(Memory.UNKNOWN_TYPE, Map.of(), Collections.unmodifiableMap(configuration), Memory.UNKNOWN_BASE,
                    new Memory.Provenance(folder.toString(), tensors.fingerprint(), 0, List.of(),
                            Files.getLastModifiedTime(file).toInstant()),
                    Collections.unmodifiableMap(matrices));
        }
    }

    /** Joins all dimensions but the last into rows. */
    private static Matrix matrix(Safetensors tensors, String name) throws IOException {
        List<Integer> dimensions = IntStream.of(tensors.dimensions(name)).boxed().toList();
        float[] elements = tensors.read(name);
        int columns = dimensions.isEmpty() ? 1 : dimensions.get(dimensions.size() - 1);
        return new Matrix(new Shape(columns == 0 ? 0 : elements.length / columns, columns),
                FloatBuffer.wrap(elements).asReadOnlyBuffer(), dimensions);
    }
}
