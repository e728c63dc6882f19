package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/**
 * A service that may write no more: the system lets its process have only small files, or none, for a while. It must go on
 * answering, say what is wrong, keep what it had, and go on when there is room again. Nobody's rights are needed for that,
 * as for a full disk they would be; what reaches the process is the same but for the system's words.
 */
class FullDiskIT {

    private static final String PROMPT = "Student Id: 204815, Student Name: Emma Smith, Year:";
    private static final String TEXT = PROMPT + " Junior, School: School of Engineering";
    /** Nothing at all can be written; texts, but no database; both, but no tensors. */
    private static final List<String> LIMITS = List.of("0", "4096", "1000000");

    @TempDir
    private Path folder;

    private Served served;

    /** @param bytes the most that a file has which the service writes */
    private void limit(String bytes) throws Exception {
        Process process = new ProcessBuilder("prlimit", "--pid", Long.toString(served.pid()), "--fsize=" + bytes + ":")
                .inheritIO().start();
        assertEquals(0, process.waitFor());
    }

    private HttpResponse<String> encode(String name, String text) throws IOException, InterruptedException {
        return served.post("/v1/memories", Map.of("name", name, "text", text, "force", true));
    }

    private Map<String, Object> job(String location) throws IOException, InterruptedException {
        return Json.parseObject(served.get(location).body());
    }

    private String answer() throws IOException, InterruptedException {
        return Served.text(served.complete("base:memory", PROMPT, 8));
    }

    private static void assertNotStored(HttpResponse<String> response) throws IOException {
        assertEquals(507, response.statusCode(), response.body());
        Map<?, ?> error = (Map<?, ?>) Json.parseObject(response.body()).get("error");
        assertEquals("storage", error.get("code"));
        assertTrue(error.get("message").toString().matches(".*nothing was changed.*File too large.*make room.*"),
                error.toString());
    }

    private Set<String> names() throws IOException, InterruptedException {
        return list("memories").stream().map(memory -> (String) memory.get("name")).collect(Collectors.toSet());
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> list(String what) throws IOException, InterruptedException {
        return (List<Map<String, Object>>) Json.parseObject(served.get("/v1/" + what).body()).get(what);
    }

    private Set<String> files(String kind) throws IOException {
        Path files = folder.resolve("data").resolve(kind);
        if (Files.notExists(files)) {
            return Set.of();
        }
        try (Stream<Path> found = Files.list(files)) {
            return found.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void whatCantBeWrittenIsSaidAndDoneWhenThereIsRoom() throws Exception {
        served = new Served(Perk.INSTALLATION, folder, Map.of());
        try {
            assertEquals("DONE", served.encode("memory", TEXT).get("state"));
            String answer = answer();
            byte[] exported = served.client().send(served.to("/v1/memories/memory/export").build(),
                    HttpResponse.BodyHandlers.ofByteArray()).body();
            for (String limit : LIMITS) {
                String waiting = "";
                limit(limit);
                assertEquals(answer, answer());
                assertEquals(200, served.get("/ready").statusCode());
                HttpResponse<String> added = encode("added" + limit, TEXT + limit);
                if (added.statusCode() == 202) {
                    waiting = added.headers().firstValue("Location").orElseThrow();
                    String job = waiting;
                    served.await("it waits", () -> String.valueOf(job(job).get("waiting")).contains("make room"));
                } else {
                    assertNotStored(added);
                }
                assertNotStored(served.send(served.to("/v1/memories?name=imported" + limit)
                        .header("Content-Type", "application/zip")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(exported))));
                if (!limit.equals("1000000")) {
                    assertNotStored(served.post("/v1/memories/memory/append", Map.of("text", "more")));
                    assertNotStored(served.send(served.to("/v1/memories/memory").DELETE()));
                    assertNotStored(served.send(served.to("/v1/memories/memory").method("PATCH",
                            HttpRequest.BodyPublishers.ofString("{\"pinned\": true}"))));
                }
                assertEquals(200, served.get("/v1/memories/memory/export").statusCode());
                assertEquals(answer, answer());
                limit("unlimited");
                if (!waiting.isEmpty()) {
                    String job = waiting;
                    served.await("it goes on", () -> "DONE".equals(job(job).get("state")));
                }
                assertEquals("DONE", served.encode("later" + limit, TEXT + limit + " later").get("state"));
                assertWhole(answer);
            }
            assertEquals(1 + LIMITS.size() + 1, names().size(), names().toString());
            assertTrue(served.said("Nothing can be stored") > 0);
            Set<String> before = names();
            served.close();
            served = new Served(Perk.INSTALLATION, folder, Map.of());
            assertEquals(before, names());
            assertWhole(answer);
        } finally {
            served.close();
        }
    }

    /** All that is told of is there, and nothing else. */
    private void assertWhole(String answer) throws Exception {
        assertEquals(answer, answer());
        List<String> digests = new ArrayList<>();
        for (Map<String, Object> memory : list("memories")) {
            assertEquals(200, served.post("/v1/memories/" + memory.get("name") + "/load", Map.of()).statusCode());
            digests.add((String) memory.get("digest"));
        }
        assertEquals(Set.copyOf(digests), files("objects"));
        assertEquals(digests.size(), files("texts").size());
        assertEquals(Set.of(), files("incoming"));
        assertFalse(list("jobs").stream().anyMatch(job -> "FAILED".equals(job.get("state"))));
    }
}
