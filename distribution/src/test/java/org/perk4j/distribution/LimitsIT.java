package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** What a request may take of time and memory: one that takes more ends with an error that says so, and no other does. */
class LimitsIT {

    @TempDir
    private Path folder;

    /** It takes plain Java several seconds to read. */
    private static final String LONG_TEXT = "year ".repeat(2_500);

    private static Map<String, Object> asking(String model, String prompt, int tokens) {
        return Map.of("model", model, "prompt", prompt, "max_tokens", tokens);
    }

    private static Map<String, Object> with(Map<String, Object> request, String name, Object value) {
        Map<String, Object> more = new HashMap<>(request);
        more.put(name, value);
        return more;
    }

    private static void requireError(String body, String code, String named) throws IOException {
        Map<?, ?> error = (Map<?, ?>) Json.parseObject(body).get("error");
        assertEquals(code, error.get("code"), body);
        assertTrue(((String) error.get("message")).contains(named), body);
    }

    private static void requireError(HttpResponse<String> response, int status, String code, String named)
            throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        requireError(response.body(), code, named);
    }

    @Test
    void whatTakesTooLongEnds() throws Exception {
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--backend", "java", "--max-seconds", "1",
                "--max-requests", "4")) {
            assertEquals("DONE", served.encode("memory", SixStudents.records(0, 1, 0)).get("state"));
            requireError(served.post("/v1/completions", asking("base", LONG_TEXT, 1)), 504, "timeout", "--max-seconds");
            requireError(served.post("/v1/ask", Map.of("memories", "memory", "questions", List.of("Who?", LONG_TEXT))), 504,
                    "timeout", "--max-seconds");

            Map<String, Object> chat = Map.of("model", "base:memory", "stream", true, "messages",
                    List.of(Map.of("role", "user", "content", LONG_TEXT)));
            List<String> events = served.post("/v1/chat/completions", chat).body().lines().filter(line -> !line.isEmpty())
                    .map(line -> line.replace("data: ", "")).toList();
            assertEquals(2, events.size(), events::toString);
            assertFalse(events.get(0).contains("error"), "it began");
            requireError(events.get(1), "timeout", "--max-seconds");

            for (int i = 0; i < 4; i++) { // as many as there are places
                served.await("an answer",
                        () -> served.post("/v1/completions", asking("base:memory", "a", 1)).statusCode() == 200);
            }
            assertTrue(served.get("/metrics").body().contains("\nperk_answers_active 0.0\n"));
        }
    }

    /** Where a request waited for a plugin, it would wait for an hour. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void nobodyWaitsLongerForTheBaseToBeOpened() throws Exception {
        Path installation = Served.installation(folder.resolve("perk"), List.of());
        Path patience = installation.resolve("conf/org.perk4j.registry.config");
        Files.writeString(patience, "replacementSeconds=D\"0.5\"\n");
        try (Served served = new Served(installation, folder, Map.of(), "--max-seconds", "1")) {
            served.await("a memory",
                    () -> "DONE".equals(served.tryToEncode("memory", SixStudents.records(0, 1, 0)).get("state")));
            byte[] exported = served.client().send(served.to("/v1/memories/memory/export").build(),
                    HttpResponse.BodyHandlers.ofByteArray()).body();
            assertEquals(200, served.post("/v1/plugins/gpt2/stop", Map.of()).statusCode());
            served.await("nothing is open", () -> served.complete("base", "a", 1).statusCode() == 503);
            Files.writeString(patience, "replacementSeconds=D\"3600.0\"\n");
            served.await("the plugin is waited for", () -> served.complete("base", "a", 1).statusCode() != 503);

            Map<String, Object> other = Map.of("name", "other", "text", "Other.", "force", true);
            requireError(served.complete("base:memory", "a", 1), 504, "timeout", "--max-seconds");
            requireError(served.post("/v1/ask", Map.of("memories", "memory", "questions", "Who?")), 504, "timeout",
                    "--max-seconds");
            requireError(served.post("/v1/memories", other), 504, "timeout", "--max-seconds");
            requireError(served.post("/v1/jobs", Map.of("kind", "encode", "job", other)), 504, "timeout", "--max-seconds");
            requireError(served.send(served.to("/v1/memories?name=other").header("Content-Type", "application/zip")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(exported))), 504, "timeout", "--max-seconds");
            HttpResponse<String> ready = served.get("/ready");
            assertEquals(503, ready.statusCode());
            assertTrue(ready.body().contains("being opened"), ready.body());

            assertEquals(200, served.post("/v1/plugins/gpt2/start", Map.of()).statusCode());
            served.await("it is open", () -> served.get("/ready").statusCode() == 200);
            assertEquals(404, served.get("/v1/memories/other").statusCode(), "what was refused isn't done");
            served.await("other is encoded", () -> "DONE".equals(served.tryToEncode("other", "Other.").get("state")));
        }
    }

    @Test
    void whatNeedsTooMuchMemoryIsRefusedAndWhatFitsWaits() throws Exception {
        // Keys and values of a token take 4,608 bytes; these are 217 tokens, and 325 for all.
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--max-request-memory", "1000000",
                "--max-memory", "1500000")) {
            assertEquals("DONE", served.encode("memory", SixStudents.records(0, 1, 0)).get("state"));
            requireError(served.post("/v1/completions", asking("base", "a", 300)), 413, "too_much_memory",
                    "--max-request-memory");
            Map<String, Object> ask = Map.of("memories", "memory", "questions", List.of("Who?", "When?"));
            requireError(served.post("/v1/ask", with(ask, "max_tokens", 150)), 413, "too_much_memory", "max_tokens");
            assertEquals(200, served.post("/v1/ask", with(ask, "max_tokens", 20)).statusCode());

            Map<String, Object> fits = asking("base:memory", "Student Id:", 150);
            String alone = Served.text(served.post("/v1/completions", fits));
            HttpRequest request =
                    served.to("/v1/completions").POST(HttpRequest.BodyPublishers.ofString(Json.write(fits))).build();
            List<CompletableFuture<HttpResponse<String>>> together = IntStream.range(0, 12)
                    .mapToObj(i -> served.client().sendAsync(request, HttpResponse.BodyHandlers.ofString())).toList();
            for (CompletableFuture<HttpResponse<String>> each : together) {
                assertEquals(alone, Served.text(each.join()));
            }
        }
    }
}
