package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** What operators see of {@code perk serve}: its metrics and its log. */
class ObservedServiceIT {

    @TempDir
    private Path folder;

    @Test
    void answersAreCounted() throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of())) {
            assertEquals(200, service.complete("base", "a", 3).statusCode());
            assertEquals(404, service.send(service.to("/v1/memories/none")).statusCode());
            HttpResponse<String> metrics = service.send(service.to("/metrics"));
            assertEquals(200, metrics.statusCode(), metrics.body());
            assertTrue(metrics.headers().firstValue("Content-Type").orElseThrow().startsWith("text/plain"));
            assertEquals(1, value(metrics, "http_server_request_duration_seconds_count", "http_route=\"/v1/completions\"",
                    "http_response_status_code=\"200\"", "http_request_method=\"POST\""));
            assertEquals(1, value(metrics, "http_server_request_duration_seconds_count", "http_route=\"/v1/memories/*\"",
                    "http_response_status_code=\"404\""));
            assertEquals(1, value(metrics, "gen_ai_server_request_duration_seconds_count",
                    "gen_ai_operation_name=\"text_completion\"", "gen_ai_request_model=\"base\""));
            assertTrue(value(metrics, "gen_ai_client_token_usage_total", "gen_ai_token_type=\"output\"") <= 3);
            assertTrue(value(metrics, "gen_ai_client_token_usage_total", "gen_ai_token_type=\"input\"") >= 1);
            assertEquals(0, value(metrics, "perk_answers_active"));
            assertTrue(value(metrics, "perk_tensors_live") > 0);
            assertTrue(value(metrics, "jvm_classes_loaded_classes") > 0);
        }
    }

    /** @return the value of the only sample with this name and these labels */
    private static double value(HttpResponse<String> metrics, String name, String... labels) {
        List<String> lines = metrics.body().lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains)).toList();
        assertEquals(1, lines.size(), () -> name + " in\n" + metrics.body());
        return Double.parseDouble(lines.get(0).substring(lines.get(0).lastIndexOf(' ') + 1));
    }

    @Test
    void theLogIsJsonWhereThatIsWantedAndNamesTheRequest() throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of("PERK_LOG", "json", "PERK_LOG_TO", "stdout"))) {
            HttpResponse<String> response = service.send(service.to("/health").header("x-request-id", "mine-1"));
            assertEquals("mine-1", response.headers().firstValue("x-request-id").orElseThrow());
            assertEquals("GET /health 200", logged(service, "mine-1"));
            String given = service.send(service.to("/health").header("x-request-id", "no id")).headers()
                    .firstValue("x-request-id").orElseThrow();
            assertFalse(given.contains(" "));
            assertEquals("GET /health 200", logged(service, given));
        }
    }

    /** What other threads do for a request names it too: that which opens what texts are encoded with, and the job's. */
    @Test
    void theLogNamesTheRequestWhicheverThreadWorksForIt() throws Exception {
        Path adapter = adapterOfAnotherVersion();
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of("PERK_LOG", "json", "PERK_LOG_TO", "stdout"),
                "--adapter", adapter.toString())) {
            for (String change : List.of("stop", "start")) { // so that the adapter is opened again
                assertEquals(200, service.send(service.to("/v1/plugins/sgd/" + change)
                        .POST(HttpRequest.BodyPublishers.noBody())).statusCode());
            }
            HttpResponse<String> accepted = service.send(service.to("/v1/memories").header("x-request-id", "mine-2")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"it\", \"text\": \"Text.\", \"force\": true}")));
            assertEquals(202, accepted.statusCode(), accepted.body());
            String job = (String) Json.parseObject(accepted.body()).get("id");
            Set<String> said = new HashSet<>();
            do {
                said.add(logged(service, "mine-2"));
            } while (!said.contains("The job " + job + " is DONE"));
            assertTrue(said.contains("POST /v1/memories 202"), said::toString);
            assertTrue(said.stream().anyMatch(line -> line.startsWith(adapter.resolve("perk4j.json") + " was written by the "
                    + "plugin org.perk4j.adapter.lora 9.1.0")), said::toString);
        }
    }

    /** @return the quickstart's, as if another version of its plugin had written it, which is logged when it is opened */
    private Path adapterOfAnotherVersion() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Path quickstart = Perk.INSTALLATION.resolve("quickstart/adapter");
        Files.copy(quickstart.resolve("meta.safetensors"), adapter.resolve("meta.safetensors"));
        Files.writeString(adapter.resolve("perk4j.json"), Files.readString(quickstart.resolve("perk4j.json"))
                .replaceFirst("\\{", "{\"plugins\": {\"adapter\": \"org.perk4j.adapter.lora 9.1.0\"},"));
        return adapter;
    }

    /** @return the next line about a request, without its time */
    private static String logged(Served service, String id) {
        return CompletableFuture.supplyAsync(() -> service.out().lines().map(ObservedServiceIT::parsed)
                .filter(line -> Map.of("request", id).equals(line.get("mdc"))).findFirst()
                .map(line -> ((String) line.get("formattedMessage")).replaceAll(" \\d+ ms$", "")).orElseThrow())
                .orTimeout(1, TimeUnit.MINUTES).join();
    }

    private static Map<String, Object> parsed(String line) {
        try {
            return Json.parseObject(line);
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }
}
