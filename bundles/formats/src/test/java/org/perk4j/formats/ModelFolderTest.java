package org.perk4j.formats;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {

    @TempDir
    private Path folder;

    @Test
    void aModelIsOpened() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gpt2\", \"n_layer\": 2}");
        Path weights = folder.resolve("model.safetensors");
        Safetensors.write(weights, Map.of("format", "pt"),
                List.of(new SafetensorsEntry("wte.weight", new int[] {1, 2}, () -> FloatBuffer.wrap(new float[] {1, 2}))));

        ModelFolder model = ModelFolder.open(folder);

        assertEquals(Map.of("model_type", "gpt2", "n_layer", 2.0), model.config());
        assertEquals(Fingerprint.of(Files.readAllBytes(weights)), model.fingerprint());
        try (Safetensors tensors = model.weights()) {
            assertArrayEquals(new float[] {1, 2}, tensors.read("wte.weight"));
        }
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertRefused(folder.resolve("none"), "there is no such folder");
        assertRefused(folder, "no config.json in it");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "no model.safetensors in it");
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused(folder, "safe_serialization=True");
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{}");
        assertRefused(folder, "weights in several files are not supported");
    }

    private static void assertRefused(Path folder, String expected) {
        String message = assertThrows(IOException.class, () -> ModelFolder.open(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(expected), message);
    }

    @Test
    void fingerprintsAreSha256() {
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Fingerprint.of("abc".getBytes()));
    }
}
