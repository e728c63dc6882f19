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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.memory.Memory;

class PeftAdapterTest {

    private static final String LAYER = "base_model.model.h.0.attn.";

    @TempDir
    private Path folder;

    @Test
    void layersOfDifferentRanksAndScalesAreBroughtToOne() throws IOException {
        write("{\"rank_pattern\": {\"attn.wide\": 2}, \"alpha_pattern\": {\"h.0.attn.wide\": 6}}",
                Map.of("narrow.lora_A", new int[] {1, 3}, "narrow.lora_B", new int[] {2, 1},
                        "wide.lora_A", new int[] {2, 3}, "wide.lora_B", new int[] {2, 2}));
        Memory memory = new PeftMemoryStore().read(folder);
        assertEquals(Memory.UNKNOWN_BASE, memory.baseFingerprint());
        assertEquals(List.of(2.0, 2.0), List.of(memory.options().get("rank"), memory.options().get("alpha")));
        assertElements(memory, "narrow.lora_A", 1, 2, 3, 0, 0, 0);
        assertElements(memory, "narrow.lora_B", 4, 0, 8, 0); // 4/1 of 1 and 2
        assertElements(memory, "wide.lora_A", 1, 2, 3, 4, 5, 6);
        assertElements(memory, "wide.lora_B", 3, 6, 9, 12); // 6/2
    }

    /** PEFT's rule: the whole name, or its end from a dot on; the first that fits. */
    @ParameterizedTest
    @CsvSource({"wide, true", "attn.wide, true", "'h\\.\\d+\\.attn\\.(wide|narrow)', true", "ide, false", "h.0, false", "h.1.*, false"})
    void patternsMatchTheEndOfANameFromADotOn(String pattern, boolean matches) throws IOException {
        write("{\"alpha_pattern\": " + Json.writeLine(Map.of(pattern, 8)) + "}",
                Map.of("wide.lora_A", new int[] {1, 1}, "wide.lora_B", new int[] {1, 1}));
        assertEquals(matches ? 8.0 : 4.0, new PeftMemoryStore().read(folder).options().get("alpha"));
    }

    private static void assertElements(Memory memory, String name, float... expected) {
        float[] found = new float[expected.length];
        memory.tensors().get(LAYER + name + ".weight").elements().duplicate().get(found);
        assertArrayEquals(expected, found, name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'peft_type': 'LOHA'}                      | peft_type: \"LOHA\": of PEFT's adapters, only those of type \"LORA\"",
        "{'peft_type': null}                        | peft_type: null: of PEFT's",
        "{'use_dora': true}                         | use_dora: true: adapters with DoRA",
        "{'bias': 'lora_only'}                      | bias: \"lora_only\": adapters with biases",
        "{'lora_bias': true}                        | lora_bias: true: ",
        "{'modules_to_save': ['lm_head']}           | modules_to_save: [\"lm_head\"]: ",
        "{'init_lora_weights': 'pissa'}             | init_lora_weights: \"pissa\": this changes the base's weights",
        "{'from_the_future': {'x': 1}}              | from_the_future: {\"x\":1}: what this does",
        "{'r': 3}                                   | are not of rank 3, which adapter_config.json says",
        "{'r': 'four'}                              | r: \"four\": no number",
        "{'lora_alpha': null}                       | lora_alpha: null: no number",
        "{'alpha_pattern': {'(': 1}}                | alpha_pattern: \"(\": no regular expression"})
    void whatCannotBeAppliedAsPeftWouldIsRefusedByName(String configuration, String expected) throws IOException {
        write(configuration.replace('\'', '"'), Map.of("c.lora_A", new int[] {1, 3}, "c.lora_B", new int[] {2, 1}));
        assertRefused(expected);
    }

    @Test
    void tensorsThatAreNoPairsAreRefused() throws IOException {
        write("{}", Map.of("c.lora_A", new int[] {1, 3}));
        assertRefused("\"" + LAYER + "c.lora_B.weight\" is missing");
        write("{}", Map.of("c.lora_A", new int[] {1, 3}, "c.lora_B", new int[] {2, 1}, "c.lora_magnitude_vector", new int[] {2}));
        assertRefused("tensor \"" + LAYER + "c.lora_magnitude_vector.weight\": what this does is not known");
        write("{}", Map.of());
        assertRefused("there is no tensor in it");
        Files.delete(folder.resolve("adapter_model.safetensors"));
        assertRefused("it holds no adapter_model.safetensors: copy the weights there");
        Files.createFile(folder.resolve("adapter_model.bin"));
        assertRefused("adapter_model.bin is not read");
    }

    private void assertRefused(String expected) {
        IOException refused = assertThrows(IOException.class, () -> new PeftMemoryStore().read(folder));
        assertTrue(refused.getMessage().startsWith(folder.toString()) && refused.getMessage().contains(expected), refused.getMessage());
    }

    /** Elements count up from 1. */
    private void write(String configuration, Map<String, int[]> tensors) throws IOException {
        Map<String, Object> whole = new TreeMap<>(Map.of("peft_type", "LORA", "r", 1, "lora_alpha", 4, "use_dora", false,
                "rank_pattern", Map.of(), "modules_to_save", List.of()));
        whole.putAll(Json.parseObject(configuration));
        Files.writeString(folder.resolve("adapter_config.json"), Json.write(whole));
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
