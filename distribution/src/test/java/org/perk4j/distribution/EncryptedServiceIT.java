package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code perk serve} with a key that what it keeps is encrypted with. */
class EncryptedServiceIT {

    private static final String NAME = "Emma-Smith";
    private static final String PROMPT = "Student Id: 204815, Student Name: Emma Smith, Year:";
    private static final String TEXT = PROMPT + " Junior, School: School of Engineering";

    @TempDir
    private Path folder;

    private Map<String, String> key(String name, long seed) throws IOException {
        byte[] bytes = new byte[32];
        new Random(seed).nextBytes(bytes);
        Path file = Files.writeString(folder.resolve(name), Base64.getEncoder().encodeToString(bytes));
        return Map.of("PERK_KEY_FILE", file.toString());
    }

    private void assertRefused(Map<String, String> environment, String reason) throws Exception {
        Perk refused = Perk.run(Perk.INSTALLATION, environment, "serve", "--port", "0", "--data",
                folder.resolve("data").toString());
        assertEquals(1, refused.exitCode(), refused.err());
        assertTrue(refused.err().lines().anyMatch(line -> line.contains(reason) && line.contains("PERK_KEY_FILE")),
                refused.err());
    }

    private static String answer(Served served, String name) throws Exception {
        return Served.text(served.complete("base:" + name, PROMPT, 8));
    }

    private void assertNothingReadable() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                for (String word : List.of(NAME, "Emma Smith", "Engineering", "lora_A", "safetensors", "adapter_model")) {
                    assertFalse(content.contains(word), word + " in " + file);
                }
            }
        }
    }

    @Test
    void whatIsKeptIsReadableWithTheKeyOnly() throws Exception {
        Map<String, String> first = key("first", 1);
        Map<String, String> second = key("second", 2);
        String answer;
        try (Served served = new Served(Perk.INSTALLATION, folder, first)) {
            assertEquals("DONE", served.encode(NAME, TEXT).get("state"));
            answer = answer(served, NAME);
            byte[] exported = served.client().send(served.to("/v1/memories/" + NAME + "/export").build(),
                    HttpResponse.BodyHandlers.ofByteArray()).body();
            assertEquals(201, served.send(served.to("/v1/memories?name=imported").header("Content-Type", "application/zip")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(exported))).statusCode());
            assertEquals(answer, answer(served, "imported"));
            assertNothingReadable();
        } // killed
        assertNothingReadable();
        assertRefused(Map.of(), "is encrypted");
        assertRefused(second, "is not the key");
        Perk replaced = Perk.run(Perk.INSTALLATION, Map.of("PERK_KEY_FILE", first.get("PERK_KEY_FILE"),
                "PERK_NEW_KEY_FILE", second.get("PERK_KEY_FILE")), "rekey", "--data", folder.resolve("data").toString());
        assertEquals(0, replaced.exitCode(), replaced.err());
        assertRefused(first, "is not the key");
        try (Served served = new Served(Perk.INSTALLATION, folder, second)) {
            assertEquals(answer, answer(served, NAME));
            assertEquals(202, served.post("/v1/memories/" + NAME + "/append", Map.of("text", "More.")).statusCode(),
                    "the text is there");
        }
    }
}
