package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Plugins that are replaced, stopped, started and removed while {@code perk serve} answers and encodes with them. */
class LivePluginsIT {

    private static final String PROMPT = SixStudents.beginning(0);
    private static final String TEXT = SixStudents.records(0, 1, 0);
    private static final String LORA = "org.perk4j.adapter.lora";
    private static final String MODEL = "org.perk4j.model.gpt2";
    private static final String SGD = "org.perk4j.optimizer.sgd";
    private static final List<String> REPLACED =
            List.of(LORA, SGD, "org.perk4j.objective.perk", "org.perk4j.tokenizer.huggingface", MODEL);

    @TempDir
    private Path folder;

    private Path installation;
    private Served served;
    private String answer;

    @BeforeEach
    void start() throws Exception {
        installation = Served.installation(folder.resolve("perk"), REPLACED);
        // For so long a plugin that went away may still come back.
        Files.writeString(installation.resolve("conf/org.perk4j.registry.config"), "replacementSeconds=D\"0.5\"\n");
        served = new Served(installation, folder, Map.of());
        assertEquals("DONE", served.encode("memory", TEXT).get("state"));
        answer = answer("base:memory");
    }

    @AfterEach
    void end() {
        served.close();
    }

    private String answer(String model) throws IOException, InterruptedException {
        return Served.text(served.complete(model, PROMPT, 8));
    }

    private Path jar(String bundle) throws IOException {
        return Served.jar(installation.resolve("plugins"), bundle);
    }

    @Test
    void nobodyNoticesThatPluginsAreReplaced() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(3);
        try {
            List<Future<Integer>> asking = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                asking.add(clients.submit(() -> {
                    int answers = 0;
                    while (!done.get()) {
                        assertEquals(answer, answer("base:memory"));
                        answers++;
                    }
                    return answers;
                }));
            }
            asking.add(clients.submit(() -> {
                int memories = 0;
                while (!done.get()) {
                    assertEquals("DONE", served.encode("other", TEXT + "\n" + memories).get("state"));
                    memories++;
                }
                return memories;
            }));
            for (int round = 1; round <= 2; round++) {
                for (String plugin : REPLACED) {
                    Path jar = jar(plugin);
                    Served.replace(jar);
                    int rounds = round;
                    served.await(plugin + " is taken up",
                            () -> served.said("Replaced " + jar.getFileName()) >= rounds);
                }
                int rounds = round;
                served.await("the base is opened anew",
                        () -> served.said("anew, as one of its plugins was replaced") >= rounds);
            }
            done.set(true);
            for (Future<Integer> each : asking) {
                assertTrue(each.get() > 0);
            }
            assertEquals(answer, answer("base:memory"));
            served.await("what was replaced is gone", () -> !served.get("/v1/plugins").body().contains("its file was"));
        } finally {
            done.set(true);
            clients.shutdownNow();
        }
    }

    private String error(HttpResponse<String> response, int status) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        return (String) ((Map<?, ?>) Json.parseObject(response.body()).get("error")).get("message");
    }

    private HttpResponse<String> change(String path) throws IOException, InterruptedException {
        return served.send(served.to("/v1/plugins/" + path).POST(HttpRequest.BodyPublishers.noBody()));
    }

    private void awaitMissing(String model, String plugin) throws Exception {
        served.await("no " + plugin, () -> served.complete(model, PROMPT, 8).statusCode() != 200);
        HttpResponse<String> missing = served.complete(model, PROMPT, 8);
        String message = error(missing, 503);
        assertTrue(message.contains(plugin) && message.contains("again as soon as it is there"), message);
        assertTrue(missing.headers().firstValue("Retry-After").isPresent());
    }

    @Test
    void whatIsMissingIsNamedUntilItReturns() throws Exception {
        assertTrue(change("lora/stop").body().contains("\"stopped\""));
        awaitMissing("base:memory", "adapter of type \"lora\"");
        assertEquals(200, served.complete("base", PROMPT, 8).statusCode(), "the base needs none");
        assertEquals(200, change(LORA + "/start").statusCode());
        assertEquals(answer, answer("base:memory"), "at once");

        assertEquals(200, change("sgd/stop").statusCode());
        served.await("no sgd", () -> served.post("/v1/memories", Map.of("name", "other", "text", TEXT)).statusCode() == 503);
        assertEquals(answer, answer("base:memory"), "to answer takes no optimizer");
        assertEquals(200, change("sgd/start").statusCode());
        assertEquals("DONE", served.encode("third", TEXT + "\nThird.").get("state"));

        // What was asked before ends with what it began with.
        CompletableFuture<String> long1 = CompletableFuture.supplyAsync(() -> {
            try {
                return Served.text(served.complete("base:memory", PROMPT, 200));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(200, change("gpt2/stop").statusCode());
        awaitMissing("base", "model of type \"gpt2\"");
        assertTrue(long1.get().startsWith(answer), "it was begun");
        assertEquals(200, change("gpt2/start").statusCode());
        assertEquals(answer, answer("base:memory"), "at once");
    }

    private Map<String, Object> job(String location) throws IOException, InterruptedException {
        return Json.parseObject(served.get(location).body());
    }

    private String encoding(String name) throws IOException, InterruptedException {
        HttpResponse<String> accepted =
                served.post("/v1/memories", Map.of("name", name, "text", TEXT + name, "force", true));
        assertEquals(202, accepted.statusCode(), accepted.body());
        return accepted.headers().firstValue("Location").orElseThrow();
    }

    private void awaitWaiting(String job) throws Exception {
        served.await(job + " waits for sgd", () -> String.valueOf(job(job).get("waiting")).contains("\"sgd\""));
    }

    @Test
    void jobsWaitForTheirPlugins() throws Exception {
        String first = encoding("first");
        String second = encoding("second");
        served.close();
        Path jar = jar(SGD);
        Path away = Files.move(jar, folder.resolve(jar.getFileName()));
        served = new Served(installation, folder, Map.of());
        assertEquals(answer, answer("base:memory"), "to answer takes no optimizer");
        awaitWaiting(first);
        assertEquals("QUEUED", job(second).get("state"));
        assertEquals(202, served.send(served.to(first).DELETE()).statusCode());
        awaitWaiting(second);
        assertEquals("CANCELLED", job(first).get("state"));
        Files.move(away, jar);
        served.await("the second is done", () -> "DONE".equals(job(second).get("state")));
        assertNull(job(second).get("waiting"));
    }

    /** @return a copy of a jar that says that it is another version */
    private static byte[] withVersion(Path jar, String version) throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        try (JarFile read = new JarFile(jar.toFile())) {
            Manifest manifest = read.getManifest();
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            try (JarOutputStream out = new JarOutputStream(copy, manifest)) {
                for (JarEntry entry : Collections.list(read.entries())) {
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        read.getInputStream(entry).transferTo(out);
                    }
                }
            }
        }
        return copy.toByteArray();
    }

    @Test
    void whatAnotherVersionWouldWriteIsEncodedAnew() throws Exception {
        assertEquals(0.0, served.encode("same", TEXT).get("total"), "it was encoded already");
        HttpResponse<String> installed = served.send(served.to("/v1/plugins")
                .header("Content-Type", "application/java-archive")
                .POST(HttpRequest.BodyPublishers.ofByteArray(withVersion(jar(LORA), "9.1.0"))));
        assertEquals(202, installed.statusCode(), installed.body());
        served.await("another version of lora", () -> served.get("/v1/plugins/lora").body().contains("9.1.0"));
        assertTrue((double) served.encode("other", TEXT).get("total") > 0, "another version may encode otherwise");
        assertEquals(0.0, served.encode("third", TEXT).get("total"), "that version encoded it already");
        assertNotEquals(memory("same").get("digest"), memory("other").get("digest"));
        assertEquals(memory("other").get("digest"), memory("third").get("digest"));
    }

    private Map<String, Object> memory(String name) throws IOException, InterruptedException {
        return Json.parseObject(served.get("/v1/memories/" + name).body());
    }

    @Test
    void whatIsConfiguredIsTakenUp() throws Exception {
        Path configuration = installation.resolve("conf/org.perk4j.service.config");
        Files.writeString(configuration, "backend=\"java\"\n");
        served.await("the base is on another backend", () -> served.said("anew") == 1);
        assertEquals(200, served.complete("base:memory", PROMPT, 8).statusCode());
        Files.writeString(configuration, "backend=\"abacus\"\nadapter=\"/nowhere\"\n");
        served.await("it goes on as it was", () -> served.said("continues with the plugins that it was opened with") == 1);
        assertEquals(200, served.complete("base:memory", PROMPT, 8).statusCode());
        assertTrue(error(served.post("/v1/memories", Map.of("name", "other", "text", TEXT)), 503).contains("/nowhere"));
        Files.delete(configuration);
        served.await("what the command line says counts again",
                () -> "DONE".equals(served.tryToEncode("other", TEXT).get("state")));
        assertEquals(answer, answer("base:memory"));
    }

    @Test
    void pluginsAreListedInstalledAndRemoved() throws Exception {
        Map<?, ?> lora = (Map<?, ?>)
                ((List<?>) Json.parseObject(served.get("/v1/plugins/lora").body()).get("plugins")).get(0);
        assertEquals("adapter", lora.get("kind"));
        assertEquals("ready", lora.get("state"));
        assertEquals("org.perk4j.api", ((String) ((Map<?, ?>) lora.get("wiring")).get("org.perk4j.adapter")).split(" ")[0]);
        assertTrue(((List<?>) lora.get("options")).stream().anyMatch(line -> ((String) line).contains("rank")));
        assertTrue(error(served.get("/v1/plugins/lorra"), 404).contains("lorra"));
        assertTrue(error(change("lorra/stop"), 409).contains("lora"));
        assertTrue(error(served.send(served.to("/v1/plugins/org.perk4j.adapter.vera").DELETE()), 409).contains("shipped"));

        byte[] jar = Files.readAllBytes(jar(LORA));
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofByteArray(jar);
        String type = "application/java-archive";
        assertTrue(error(served.send(served.to("/v1/plugins").POST(body)), 400).contains(type));
        assertTrue(error(served.send(served.to("/v1/plugins").header("Content-Type", type)
                .header("Origin", "http://example.com").POST(body)), 403).contains("another site"));
        assertTrue(error(served.send(served.to("/v1/plugins").header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString("no jar"))), 400).contains("not installed"));
        byte[] shipped = Files.readAllBytes(Served.jar(installation.resolve("bundles"), "org.perk4j.adapter.vera"));
        assertTrue(error(served.send(served.to("/v1/plugins").header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(shipped))), 400).contains("which Perk4J has itself"));

        assertEquals(202, served.send(served.to("/v1/plugins/" + LORA).DELETE()).statusCode());
        awaitMissing("base:memory", "lora");
        HttpResponse<String> installed =
                served.send(served.to("/v1/plugins").header("Content-Type", type).POST(body));
        assertEquals(202, installed.statusCode(), installed.body());
        assertEquals("/v1/plugins/" + LORA, installed.headers().firstValue("Location").orElseThrow());
        served.await("lora is back", () -> served.complete("base:memory", PROMPT, 8).statusCode() == 200);
        assertEquals(answer, answer("base:memory"));
    }
}
