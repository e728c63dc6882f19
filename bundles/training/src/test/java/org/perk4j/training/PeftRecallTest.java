package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Scope;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.MemoryModel;
import org.perk4j.memory.files.PeftMemoryStore;
import org.perk4j.model.Model;
import org.perk4j.model.Tokens;
import org.perk4j.plugin.Plugins;
import org.perk4j.tck.AnyFolder;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;
import org.perk4j.tensor.Tensor;

/** Adapters that Hugging Face PEFT made and saved, asked like memories: the logits are those that PEFT computed. */
class PeftRecallTest {

    private static final Path BASE = Path.of("../../plugins/model-gpt2/src/test/resources/gpt2");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"lora", "lora-rank-stabilised"})
    void logitsAreThoseOfPeft(String adapter) throws IOException {
        assertSameLogits(adapter, BASE.resolve(adapter));
    }

    /** The same function with another rank in one layer and another alpha in another one. */
    @Test
    void ranksAndAlphasOfALayersOwn() throws IOException {
        String first = "transformer.h.0.attn.c_attn";
        String second = "transformer.h.1.attn.c_attn";
        Path source = BASE.resolve("lora");
        Map<String, Object> configuration = new LinkedHashMap<>(Json.readObject(source.resolve("adapter_config.json")));
        int rank = ((Double) configuration.get("r")).intValue();
        double alpha = (Double) configuration.get("lora_alpha");
        configuration.put("rank_pattern", Map.of("h.0.attn.c_attn", 2 * rank));
        configuration.put("alpha_pattern", Map.of("h\\.0\\..*", 2 * alpha, second, alpha / 2));
        List<SafetensorsEntry> entries = new ArrayList<>();
        try (Safetensors tensors = Safetensors.open(source.resolve("adapter_model.safetensors"))) {
            for (String name : tensors.names()) {
                int[] size = tensors.dimensions(name).clone();
                float[] values = tensors.read(name);
                if (name.contains(first)) {
                    values = name.contains("lora_A") ? Arrays.copyOf(values, 2 * values.length) : widened(values, rank);
                    size[name.contains("lora_A") ? 0 : 1] *= 2;
                } else if (name.contains(second) && name.contains("lora_B")) {
                    for (int i = 0; i < values.length; i++) {
                        values[i] *= 2;
                    }
                }
                float[] saved = values;
                entries.add(new SafetensorsEntry(name, size, () -> FloatBuffer.wrap(saved)));
            }
        }
        Safetensors.write(folder.resolve("adapter_model.safetensors"), Map.of(), entries);
        Files.writeString(folder.resolve("adapter_config.json"), Json.write(configuration));
        assertSameLogits("lora", folder);
    }

    /** @return each row with as many zeros behind it */
    private static float[] widened(float[] rows, int columns) {
        float[] wide = new float[2 * rows.length];
        for (int i = 0; i < rows.length; i++) {
            wide[i / columns * 2 * columns + i % columns] = rows[i];
        }
        return wide;
    }

    private static void assertSameLogits(String expectedOf, Path adapter) throws IOException {
        List<?> sequences = (List<?>) Json.readObject(BASE.resolve(expectedOf).resolve("reference.json")).get("sequences");
        assertTrue(sequences.size() > 0);
        try (MemoryModel model = open(BASE); Scope scope = model.compute().scope()) {
            var adaptation = model.recall(new PeftMemoryStore().read(adapter));
            for (Object sequence : sequences) {
                int[] tokens = Arrays.stream(numbers(sequence, "tokens")).mapToInt(x -> (int) x).toArray();
                Model gpt2 = model.base().model();
                Tensor logits = gpt2.logits(model.compute(), model.weights(), gpt2.hidden(model.compute(), model.weights(),
                        Tokens.of(List.of(tokens)), adaptation));
                assertArrayEquals(numbers(sequence, "logits"), model.compute().download(logits), 1e-4);
            }
        }
    }

    private static double[] numbers(Object sequence, String key) {
        return ((List<?>) ((Map<?, ?>) sequence).get(key)).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }

    @Test
    void ofAnotherBaseItIsRefused() throws IOException {
        Path other = SmallRun.base(folder, 0.02);
        try (MemoryModel model = open(other)) {
            String message = assertThrows(Exception.class,
                    () -> model.recall(new PeftMemoryStore().read(BASE.resolve("lora"))))
                    .getMessage();
            assertTrue(message.contains("transformer.h.1.attn.c_attn") || message.contains("by --base"), message);
        }
    }

    private static MemoryModel open(Path base) throws IOException {
        Plugins plugins = new SmallPlugins(new AnyFolder(FewTokens::new));
        return MemoryModel.open(BaseModel.open(base, plugins), PluginChoice.of("java", Map.of()), plugins,
                new ReverseMode());
    }

    /** With a tokenizer of as few tokens as these models know, of which no text is made here. */
    private static final class FewTokens extends ForwardingTokenizer {

        FewTokens() {
            super(new ByteTokenizer());
        }

        @Override
        public int vocabulary() {
            return 97;
        }

        @Override
        public int endOfText() {
            return 0;
        }
    }
}
