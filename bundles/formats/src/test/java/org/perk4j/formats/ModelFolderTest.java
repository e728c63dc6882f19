package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        try (Weights tensors = model.weights()) {
            assertArrayEquals(new float[] {1, 2}, tensors.read("wte.weight"));
        }
    }

    @Test
    void weightsMayLieInSeveralFiles() throws IOException {
        writeShards("{\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"}");

        ModelFolder model = ModelFolder.open(folder);

        try (Weights weights = model.weights()) {
            assertEquals(Set.of("a", "b"), weights.names());
            assertArrayEquals(new float[] {1, 2}, weights.read("a"));
            assertArrayEquals(new float[] {3}, weights.read("b"));
            assertArrayEquals(new int[] {1, 1}, weights.dimensions("b"));
            assertEquals(folder.resolve("2.safetensors"), weights.file("b"));
        }
        String before = model.fingerprint();
        write("2.safetensors", "b", 4);
        assertNotEquals(before, ModelFolder.open(folder).fingerprint());
    }

    @Test
    void aSecondFileThatIsNotAsTheIndexSaysIsNamed() throws IOException {
        writeShards("{\"a\": \"1.safetensors\", \"b\": \"1.safetensors\"}");
        assertWeightsRefused("1.safetensors", "no tensor \"b\" in it, where model.safetensors.index.json lists it");
        writeShards("{\"a\": \"1.safetensors\", \"b\": \"3.safetensors\"}");
        assertWeightsRefused("3.safetensors", "");
        writeShards("{\"a\": 1}");
        assertWeightsRefused("model.safetensors.index.json", "weight_map.a: 1 is not the name of a file");
        writeShards("{}");
        assertWeightsRefused("model.safetensors.index.json", "weight_map: is missing or empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../1.safetensors", "..", ".", "", "sub/1.safetensors", "/1.safetensors", "..\\1.safetensors",
        "C:1.safetensors", "1.safetensors\u0000"})
    void weightsAreReadFromTheFolderItselfOnly(String file) throws IOException {
        writeShards(Json.writeLine(Map.of("layer.a", file)));
        Files.createDirectory(folder.resolve("sub"));
        write("sub/1.safetensors", "layer.a", 1);
        assertWeightsRefused("model.safetensors.index.json",
                "weight_map.layer.a: " + Json.writeLine(file) + " is not the name of a file in this folder: put the files");
        assertThrows(FileFormatException.class, () -> ModelFolder.open(folder).fingerprint());
    }

    @Test
    void aChatTemplateStandsInOneOfThreeFiles() throws IOException {
        writeShards("{\"a\": \"1.safetensors\"}");
        ModelFolder model = ModelFolder.open(folder);
        assertFalse(model.hasChatTemplate());
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"chat_template\": null}");
        assertFalse(model.hasChatTemplate());
        Files.writeString(config, "{\"chat_template\": \"{{ messages }}\"}");
        assertTrue(model.hasChatTemplate());
        Files.delete(config);
        for (String file : List.of("chat_template.jinja", "chat_template.json")) {
            Files.createFile(folder.resolve(file));
            assertTrue(model.hasChatTemplate());
            Files.delete(folder.resolve(file));
        }
    }

    @Test
    void theFilesOfTheWeightsAreMeasured() throws IOException {
        writeShards("{\"a\": \"1.safetensors\", \"b\": \"2.safetensors\", \"c\": \"2.safetensors\"}");
        assertEquals(Files.size(folder.resolve("1.safetensors")) + Files.size(folder.resolve("2.safetensors")),
                ModelFolder.open(folder).mostWeights());
    }

    @Test
    void namesWithDotsAreTaken() throws IOException {
        writeShards("{\"a\": \"..1..safetensors\"}");
        write("..1..safetensors", "a", 5);
        try (Weights weights = ModelFolder.open(folder).weights()) {
            assertArrayEquals(new float[] {5}, weights.read("a"));
        }
    }

    private void writeShards(String places) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": " + places + "}");
        write("1.safetensors", "a", 1, 2);
        write("2.safetensors", "b", 3);
    }

    private void write(String file, String tensor, float... elements) throws IOException {
        Safetensors.write(folder.resolve(file), Map.of(), List.of(
                new SafetensorsEntry(tensor, new int[] {1, elements.length}, () -> FloatBuffer.wrap(elements))));
    }

    private void assertWeightsRefused(String file, String expected) throws IOException {
        ModelFolder model = ModelFolder.open(folder);
        String message = assertThrows(IOException.class, model::weights).getMessage();
        assertTrue(message.startsWith(folder.resolve(file).toString()) && message.contains(expected), message);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertRefused(folder.resolve("none"), "there is no such folder");
        assertRefused(folder, "no config.json in it");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "no model.safetensors in it");
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused(folder, "safe_serialization=True");
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
