package org.perk4j.memory.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.memory.Memory;
import org.perk4j.tensor.Shape;

class PeftAdapterTest {

    private static final String LAYER = "base_model.model.h.0.attn.";

    @TempDir
    private Path folder;

    @Test
    void tensorsAndConfigurationAreThoseOfTheFiles() throws IOException {
        write("{\"peft_type\": \"ANY\", \"new\": 1}",
                Map.of("a", new int[] {2, 3}, "b", new int[] {3}, "c", new int[] {1, 2, 2}));
        Memory memory = new PeftMemoryStore().read(folder);
        assertEquals(Memory.UNKNOWN_BASE, memory.baseFingerprint());
        assertEquals(Memory.UNKNOWN_TYPE, memory.adapterType());
        assertEquals(1.0, memory.configuration().get("new"));
        assertElements(memory, "a", new Shape(2, 3), 1, 2, 3, 4, 5, 6);
        assertElements(memory, "b", new Shape(1, 3), 1, 2, 3);
        assertElements(memory, "c", new Shape(2, 2), 1, 2, 3, 4);
        assertEquals(List.of(1, 2, 2), memory.tensors().get(LAYER + "c.weight").dimensions());
    }

    private static void assertElements(Memory memory, String name, Shape shape, float... expected) {
        assertEquals(shape, memory.tensors().get(LAYER + name + ".weight").shape());
        float[] found = new float[expected.length];
        memory.tensors().get(LAYER + name + ".weight").elements().duplicate().get(found);
        assertArrayEquals(expected, found, name);
    }

    @Test
    void incompleteFoldersAreRefused() throws IOException {
        write("{}", Map.of());
        assertRefused("holds no tensor");
        Files.delete(folder.resolve("adapter_model.safetensors"));
        assertRefused("holds no adapter_model.safetensors: copy the weights there");
        Files.createFile(folder.resolve("adapter_model.bin"));
        assertRefused("adapter_model.bin is not read");
    }

    private void assertRefused(String expected) {
        IOException refused = assertThrows(IOException.class, () -> new PeftMemoryStore().read(folder));
        assertTrue(refused.getMessage().startsWith(folder.toString()) && refused.getMessage().contains(expected),
                refused.getMessage());
    }

    /** Elements count up from 1. */
    private void write(String configuration, Map<String, int[]> tensors) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), configuration);
        List<SafetensorsEntry> entries = new TreeMap<>(tensors).entrySet().stream().map(tensor -> new SafetensorsEntry(
                LAYER + tensor.getKey() + ".weight", tensor.getValue(), () -> counted(tensor.getValue()))).toList();
        Safetensors.write(folder.resolve("adapter_model.safetensors"), Map.of(), entries);
    }

    private static FloatBuffer counted(int[] dimensions) {
        int count = 1;
        for (int dimension : dimensions) {
            count *= dimension;
        }
        FloatBuffer elements = FloatBuffer.allocate(count);
        for (int i = 0; i < count; i++) {
            elements.put(i, i + 1);
        }
        return elements;
    }
}
