package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** What {@code perk serve} keeps, as its clients see it. */
class RegistryIT {

    @TempDir
    private Path folder;

    private Served serve(String... options) throws IOException {
        return new Served(Perk.INSTALLATION, folder, Map.of(), options);
    }

    private static Map<String, Object> json(HttpResponse<String> response, int status) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        return Json.parseObject(response.body());
    }

    private static String message(HttpResponse<String> response, int status) throws IOException {
        return (String) ((Map<?, ?>) json(response, status).get("error")).get("message");
    }

    private static HttpRequest.Builder patch(Served served, String path, Object body) {
        return served.to(path).method("PATCH", HttpRequest.BodyPublishers.ofString(Json.write(body)));
    }

    private static HttpRequest.Builder posting(Served served, String path, String type, byte[] body) {
        return served.to(path).header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /** @return the job, when it has ended */
    private static Map<String, Object> ended(Served served, HttpResponse<String> accepted) throws Exception {
        assertEquals(202, accepted.statusCode(), accepted.body());
        String location = accepted.headers().firstValue("Location").orElseThrow();
        served.await("the end of " + location,
                () -> !List.of("QUEUED", "RUNNING").contains(json(served.get(location), 200).get("state")));
        return json(served.get(location), 200);
    }

    private long objects() throws IOException {
        try (Stream<Path> found = Files.list(folder.resolve("data/objects"))) {
            return found.count();
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> in, String name) {
        return (List<Map<String, Object>>) in.get(name);
    }

    @Test
    void memoriesAreEncodedAppendedToSharedMovedAndForgotten() throws Exception {
        byte[] exported;
        try (Served served = serve()) {
            // A file as it is.
            assertEquals("DONE", ended(served, served.send(posting(served, "/v1/memories?name=part", "text/plain",
                    SixStudents.records(0, 3, 0).getBytes()))).get("state"));
            assertEquals("DONE", served.encode("whole", SixStudents.records(0, 6, 0)).get("state"));
            assertEquals(2, objects());

            // What is appended to becomes what the whole text would have become: the same to the bit.
            Map<String, Object> appended = ended(served, served.post("/v1/memories/part/append",
                    Map.of("text", SixStudents.records(3, 6, 0))));
            assertEquals("DONE", appended.get("state"), appended.toString());
            assertEquals(0.0, appended.get("total"), "the text was encoded already");
            Map<String, Object> part = json(served.get("/v1/memories/part"), 200);
            Map<String, Object> whole = json(served.get("/v1/memories/whole"), 200);
            assertEquals(whole.get("digest"), part.get("digest"));
            assertEquals(6.0, part.get("segments"));
            assertEquals(1, objects());

            // Each question to each memory, with scores.
            assertEquals("DONE", served.encode("other", SixStudents.records(0, 6, 1)).get("state"));
            Map<String, Object> told = json(served.post("/v1/ask", Map.of("memories", List.of("part", "other"),
                    "questions", List.of(SixStudents.question(0), SixStudents.question(5)), "max_tokens", 8)), 200);
            assertEquals(List.of(SixStudents.YEARS.get(0), SixStudents.YEARS.get(1), SixStudents.YEARS.get(1),
                    SixStudents.YEARS.get(2)),
                    list(told, "answers").stream().map(answer -> answer.get("answer")).toList());
            assertTrue(list(told, "answers").stream().allMatch(answer -> (double) answer.get("score") <= 0
                    && (double) answer.get("score") > -1), told.toString());
            assertTrue(message(served.post("/v1/ask", Map.of("memories", "none", "questions", "?")), 404).contains("none"));

            // Pinned, renamed, loaded or not.
            assertEquals(true, json(served.get("/v1/memories/other"), 200).get("loaded"));
            assertEquals(true, json(served.send(patch(served, "/v1/memories/other", Map.of("pinned", true, "name", "kept"))),
                    200).get("pinned"));
            assertEquals(404, served.get("/v1/memories/other").statusCode());
            assertTrue(message(served.send(patch(served, "/v1/memories/kept", Map.of("name", "part"))), 409)
                    .contains("already"));
            assertEquals(1.0, json(served.get("/v1/memories/kept"), 200).get("uses"));
            assertEquals(false, json(served.post("/v1/memories/kept/unload", Map.of()), 200).get("loaded"));
            assertEquals(true, json(served.post("/v1/memories/kept/load", Map.of()), 200).get("loaded"));

            // A text that isn't kept can't be appended to.
            assertEquals("DONE", ended(served, served.post("/v1/memories",
                    Map.of("name", "brief", "text", SixStudents.records(0, 6, 1), "keep", false))).get("state"));
            assertTrue(message(served.post("/v1/memories/brief/append", Map.of("text", "a")), 409).contains("not kept"));

            // Out and in again.
            exported = HttpClient.newHttpClient().send(served.to("/v1/memories/kept/export").build(),
                    HttpResponse.BodyHandlers.ofByteArray()).body();
            assertEquals(List.of("kept/adapter_config.json", "kept/adapter_model.safetensors", "kept/perk4j.json"),
                    entries(exported));
            for (String name : List.of("kept", "brief")) {
                json(served.send(served.to("/v1/memories/" + name).DELETE()), 200);
            }
            assertEquals(1, objects());
            assertEquals(1, files("texts"));
            Map<String, Object> imported = json(served.send(posting(served, "/v1/memories?name=back", "application/zip",
                    exported)), 201);
            assertEquals("lora", imported.get("adapter"));
            assertEquals(SixStudents.YEARS.get(1), list(json(served.post("/v1/ask", Map.of("memories", "back", "questions",
                    SixStudents.question(0), "max_tokens", 8)), 200), "answers").get(0).get("answer"));
            archivesThatAreNone(served);
            assertEquals(2, objects());

            // Only one process serves the folder.
            Perk second = Perk.run("serve", "--port", "0", "--data", folder.resolve("data").toString());
            assertEquals(1, second.exitCode());
            assertTrue(second.err().contains("is being written by process " + served.pid()), second.err());
        } // killed
        try (Served served = serve("--quota", "1")) { // what is there stays; nothing more comes
            assertEquals(List.of("back", "part", "whole"), list(json(served.get("/v1/memories"), 200), "memories").stream()
                    .map(memory -> memory.get("name")).toList());
            json(served.send(patch(served, "/v1/memories/part", Map.of("pinned", true))), 200);
            assertTrue(message(served.send(posting(served, "/v1/memories?name=more", "application/zip", exported)), 507)
                    .contains("--quota"));
            assertEquals(SixStudents.YEARS.get(0), list(json(served.post("/v1/ask", Map.of("memories", "part", "questions",
                    SixStudents.question(0), "max_tokens", 8)), 200), "answers").get(0).get("answer"));
        }
    }

    private long files(String kind) throws IOException {
        try (Stream<Path> found = Files.list(folder.resolve("data").resolve(kind))) {
            return found.count();
        }
    }

    private static List<String> entries(byte[] archive) throws IOException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
            Stream.Builder<String> names = Stream.builder();
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                names.add(entry.getName());
            }
            return names.build().toList();
        }
    }

    private static byte[] archive(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private void archivesThatAreNone(Served served) throws Exception {
        String to = "/v1/memories?name=bad";
        assertTrue(message(served.send(posting(served, to, "application/zip", "no zip".getBytes())), 400)
                .contains("not a zip file"));
        assertTrue(message(served.send(posting(served, to, "application/zip", archive(Map.of(
                "../../../escaped", new byte[1])))), 400).contains("bad"));
        assertFalse(Files.exists(folder.resolve("escaped")));
        assertTrue(message(served.send(posting(served, to, "application/zip", archive(Map.of(
                "../adapter_config.json", "{}".getBytes(), "adapter_model.safetensors", new byte[9])))), 400)
                .contains("safetensors"));
        assertTrue(message(served.send(posting(served, to, "application/zip", archive(Map.of(
                "a/perk4j.json", new byte[1], "b/perk4j.json", new byte[1])))), 400).contains("one memory"));
        assertEquals(404, served.get("/v1/memories/bad").statusCode());
    }

    @Test
    void jobsOutliveTheirProcess() throws Exception {
        String cancelled;
        String forgotten;
        try (Served served = serve()) {
            String first = served.post("/v1/memories", Map.of("name", "first", "text", SixStudents.records(0, 6, 0)))
                    .headers().firstValue("Location").orElseThrow();
            served.post("/v1/memories", Map.of("name", "second", "text", SixStudents.records(0, 6, 1)));
            cancelled = served.post("/v1/memories", Map.of("name", "third", "text", SixStudents.records(0, 6, 2)))
                    .headers().firstValue("Location").orElseThrow();
            forgotten = served.post("/v1/memories", Map.of("name", "fourth", "text", SixStudents.records(0, 6, 3)))
                    .headers().firstValue("Location").orElseThrow();
            assertTrue(message(served.send(served.to("/v1/memories/first").DELETE()), 404).contains("first"));
            for (String job : List.of(cancelled, forgotten)) {
                assertEquals("CANCELLED", json(served.send(served.to(job).DELETE()), 202).get("state"));
            }
            json(served.send(served.to(forgotten).DELETE()), 200);
            assertEquals(404, served.get(forgotten).statusCode());
            served.await("the beginning", () -> !"QUEUED".equals(json(served.get(first), 200).get("state")));
        } // killed
        try (Served served = serve()) {
            for (Map<String, Object> job : list(json(served.get("/v1/jobs"), 200), "jobs")) {
                String path = "/v1/jobs/" + job.get("id");
                if (!path.equals(cancelled)) {
                    served.await("the end of " + job,
                            () -> "DONE".equals(json(served.get(path), 200).get("state")));
                }
            }
            assertEquals(List.of("first", "second"), list(json(served.get("/v1/memories"), 200), "memories").stream()
                    .map(memory -> memory.get("name")).toList());
            assertEquals("CANCELLED", json(served.get(cancelled), 200).get("state"));
            assertEquals("QUEUED", json(served.post(cancelled + "/resume", Map.of()), 202).get("state"));
            served.await("the end of what was resumed", () -> "DONE".equals(json(served.get(cancelled), 200).get("state")));
            assertTrue(message(served.post(cancelled + "/resume", Map.of()), 409).contains("DONE"));
            Map<String, Object> told = json(served.post("/v1/ask", Map.of("memories", List.of("first", "second", "third"),
                    "questions", SixStudents.question(0), "max_tokens", 8)), 200);
            assertEquals(SixStudents.YEARS.subList(0, 3),
                    list(told, "answers").stream().map(answer -> answer.get("answer")).toList());
            assertEquals(3, objects());
            assertEquals(3, files("texts"));
        }
    }
}
