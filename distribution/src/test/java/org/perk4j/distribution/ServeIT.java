package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** {@code perk serve}, as its clients see it. */
class ServeIT {

    @TempDir
    private Path folder;

    private Served service;

    @BeforeEach
    void start() throws IOException {
        service = new Served(Perk.INSTALLATION, folder, Map.of(), "--max-body", "100000");
        assertEquals("base", service.model());
    }

    @AfterEach
    void end() {
        service.close();
    }

    private HttpRequest.Builder to(String path) {
        return service.to(path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return service.send(request);
    }

    private HttpResponse<String> post(String path, Object body) throws IOException, InterruptedException {
        return service.post(path, body);
    }

    private static Map<String, Object> question(String model, int student) {
        return Map.of("model", model, "max_tokens", 8, "messages", List.of(Map.of("role", "user", "content",
                SixStudents.question(student))));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> choice(String body) throws IOException {
        return ((List<Map<String, Object>>) Json.parseObject(body).get("choices")).get(0);
    }

    @SuppressWarnings("unchecked")
    private static String answer(HttpResponse<String> response) {
        try {
            assertEquals(200, response.statusCode(), response.body());
            return (String) ((Map<String, Object>) choice(response.body()).get("message")).get("content");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String error(HttpResponse<String> response, int status) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        assertTrue(response.headers().firstValue("x-request-id").isPresent());
        return (String) ((Map<?, ?>) Json.parseObject(response.body()).get("error")).get("message");
    }

    @Test
    void manyClientsAskTwoMemoriesThatDontMix() throws Exception {
        assertEquals("DONE", service.encode("first", SixStudents.records(0, 6, 0)).get("state"));
        assertEquals("DONE", service.encode("second", SixStudents.records(0, 6, 1)).get("state"));
        assertEquals(List.of("base", "base:first", "base:second"),
                ((List<?>) Json.parseObject(send(to("/v1/models")).body()).get("data")).stream()
                        .map(model -> ((Map<?, ?>) model).get("id")).toList());

        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 4 * SixStudents.IDS.size(); i++) {
            int student = i % SixStudents.IDS.size();
            boolean first = i % 4 < 2;
            expected.add(SixStudents.YEARS.get((student + (first ? 0 : 1)) % 4));
            answers.add(service.client().sendAsync(to("/v1/chat/completions").POST(HttpRequest.BodyPublishers.ofString(
                    Json.write(question(first ? "base:first" : "base:second", student)))).build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        assertEquals(expected, answers.stream().map(answer -> answer(answer.join())).toList());

        // What was replaced is asked from the next question on; what was deleted is gone.
        assertTrue(error(post("/v1/memories", Map.of("name", "second", "text", SixStudents.records(0, 6, 2))), 409)
                .contains("\"replace\": true"));
        assertEquals("DONE", service.encode("second", SixStudents.records(0, 6, 2)).get("state"));
        assertEquals(SixStudents.YEARS.get(2), answer(post("/v1/chat/completions", question("base:second", 0))));
        assertEquals(200, send(to("/v1/memories/second").DELETE()).statusCode());
        assertTrue(error(post("/v1/chat/completions", question("base:second", 0)), 404).contains("does not exist"));
        assertEquals(404, send(to("/v1/memories/second")).statusCode());
        assertEquals(6.0, Json.parseObject(send(to("/v1/memories/first")).body()).get("segments"));

        // An answer as it grows.
        Map<String, Object> streaming = new LinkedHashMap<>(question("base:first", 0));
        streaming.put("stream", true);
        streaming.put("stream_options", Map.of("include_usage", true));
        HttpResponse<String> events = post("/v1/chat/completions", streaming);
        assertEquals("text/event-stream;charset=utf-8",
                events.headers().firstValue("Content-Type").orElseThrow().toLowerCase().replace(" ", ""));
        List<String> data = events.body().lines().filter(line -> !line.isEmpty()).map(line -> line.substring(6)).toList();
        assertEquals("[DONE]", data.get(data.size() - 1));
        StringBuilder text = new StringBuilder();
        for (String event : data.subList(0, data.size() - 2)) {
            Object content = ((Map<?, ?>) choice(event).get("delta")).get("content");
            text.append(content == null ? "" : content);
        }
        assertEquals(SixStudents.YEARS.get(0), text.toString());
        assertTrue((double) ((Map<?, ?>) Json.parseObject(data.get(data.size() - 2)).get("usage"))
                .get("completion_tokens") > 0);

        // It ends in order, and has everything when it starts again.
        service.stop();
        start();
        assertEquals(SixStudents.YEARS.get(0), answer(post("/v1/chat/completions", question("base:first", 0))));
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        assertEquals(200, send(to("/health")).statusCode());
        assertTrue(error(post("/v1/chat/completions", question("base:none", 1)), 404).contains("base:none"));
        assertTrue(error(post("/v1/chat/completions", question("gpt-4", 1)), 404).contains("gpt-4"));
        assertTrue(error(post("/v1/completions", Map.of("model", "base", "prompt", "a", "n", 2)), 400).contains("n is not"));
        assertTrue(error(post("/v1/completions", Map.of("model", "base")), 400).contains("prompt"));
        assertTrue(error(post("/v1/completions", Map.of("model", "base", "prompt", "a", "max_tokens", 0)), 400)
                .contains("max_tokens must be between 1"));
        assertTrue(error(post("/v1/completions", Map.of("model", "base", "prompt", "a ".repeat(30_000))), 400)
                .contains("the model reads"));
        assertTrue(error(post("/v1/completions", Map.of("prompt", "a ".repeat(100_000))), 413).contains("--max-body"));
        assertTrue(error(send(to("/v1/completions").POST(HttpRequest.BodyPublishers.ofString("{\"model\""))), 400)
                .contains("body"));
        assertTrue(error(send(to("/v1/completions")), 405).contains("doesn't accept GET"));
        assertTrue(error(send(to("/v1/nothing")), 404).contains("/v1/models"));
        assertTrue(error(post("/v1/memories", Map.of("name", "../../etc", "text", "a")), 400).contains("name"));
        assertTrue(error(post("/v1/memories", Map.of("name", "blank", "text", " ")), 400).contains("text is empty"));
        // Refused before its body is read: the answer reaches a client that is still sending.
        assertTrue(error(send(to("/v1/memories?name=no%20name").header("Content-Type", "application/zip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[30_000_000]))), 400).contains("name"));
        assertEquals(200, post("/v1/completions", Map.of("model", "base", "prompt", "a", "max_tokens", 1)).statusCode());
    }

    @Test
    void whatOtherMachinesReachTakesAKey() throws Exception {
        Perk open = Perk.run("serve", "--host", "0.0.0.0", "--port", "0");
        assertEquals(1, open.exitCode());
        assertTrue(open.err().contains("PERK_API_KEY"), open.err());
        Perk taken = Perk.run("serve", "--port", Integer.toString(service.address().getPort()), "--data", folder.toString());
        assertEquals(1, taken.exitCode());
        assertTrue(taken.err().contains("choose another port by --port"), taken.err());
    }

    @Test
    void pagesOfOtherSitesMayNotAsk() throws Exception {
        assertTrue(error(send(to("/v1/models").header("Origin", "http://example.org")), 403).contains("another site"));
        String own = "http://" + service.address().getAuthority();
        assertEquals(200, send(to("/v1/models").header("Origin", own)).statusCode());
        // A name of theirs that is made to mean this machine.
        assertTrue(status("example.org").contains(" 403 "));
        assertTrue(status("localhost").contains(" 200 "));
    }

    /** @return the first line of the response to a request that is sent to {@code host} */
    private String status(String host) throws IOException {
        try (Socket socket = new Socket(service.address().getHost(), service.address().getPort())) {
            socket.getOutputStream().write(("GET /v1/models HTTP/1.1\r\nHost: " + host + ":" + service.address().getPort()
                    + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
        }
    }
}
