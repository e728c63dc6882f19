package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Trainings and evaluations in the service: by HTTP, and as files. */
class JobsIT {

    private static final Map<String, Object> TASK = Map.of("type", "student-records", "records", 2, "questions", 2);
    private static final String TEXT = SixStudents.records(0, 2, 0);

    @TempDir
    private Path folder;

    private Path installation;
    private Served service;

    @BeforeEach
    void start() throws IOException {
        installation = Files.exists(folder.resolve("installation")) ? installation
                : Served.installation(folder.resolve("installation"), List.of());
        service = new Served(installation, folder, Map.of());
    }

    @AfterEach
    void end() {
        service.close();
    }

    private static Map<String, Object> training(int steps) {
        return Map.of("adapter", Map.of("type", "lora", "rank", 2), "objective", Map.of("type", "perk", "steps", 1),
                "validation", Map.of("every", 1000, "episodes", 1, "answers", 0), "checkpoint", Map.of("everySteps", 1),
                "stages", List.of(Map.of("steps", steps, "task", TASK)));
    }

    private static Map<String, Object> body(HttpResponse<String> response, int status) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        return Json.parseObject(response.body());
    }

    private static String error(HttpResponse<String> response, int status) throws IOException {
        return (String) ((Map<?, ?>) body(response, status).get("error")).get("message");
    }

    private String submit(String kind, Map<String, Object> job) throws Exception {
        HttpResponse<String> response = service.post("/v1/jobs", Map.of("kind", kind, "name", "my " + kind, "job", job));
        String id = (String) body(response, 202).get("id");
        assertEquals("/v1/jobs/" + id, response.headers().firstValue("Location").orElseThrow());
        return id;
    }

    private Map<String, Object> job(String id) throws Exception {
        return body(service.get("/v1/jobs/" + id), 200);
    }

    private void await(String id, String state) throws Exception {
        service.await(state, () -> {
            Map<String, Object> job = job(id);
            assertFalse("FAILED".equals(job.get("state")) && !"FAILED".equals(state), job.toString());
            return state.equals(job.get("state"));
        });
    }

    @Test
    void whatIsTrainedIsWatchedEvaluatedAndEncodedWith() throws Exception {
        String id = submit("train", training(3));
        List<String> events = service.get("/v1/jobs/" + id + "/events").body().lines()
                .filter(line -> line.startsWith("data: ")).map(line -> line.substring(6)).toList();
        assertEquals("[DONE]", events.get(events.size() - 1));
        Map<String, Object> last = Json.parseObject(events.get(events.size() - 2));
        assertEquals("DONE", last.get("state"));
        assertEquals(3.0, last.get("step"));
        assertEquals(3.0, last.get("steps"));
        assertTrue((double) last.get("loss") > 0, last.toString());
        assertEquals("my train", last.get("name"));
        List<?> curve = (List<?>) body(service.get("/v1/jobs/" + id + "/curve"), 200).get("steps");
        assertEquals(3, curve.size());
        assertTrue(((Map<?, ?>) curve.get(2)).get("validationLoss") instanceof Double, curve.toString());

        String evaluation = submit("evaluate", Map.of("adapter", "jobs/" + id + "/output", "contexts", List.of(TASK),
                "episodes", 1, "answerTokens", 2, "report", "report.html"));
        await(evaluation, "DONE");
        List<?> results = (List<?>) body(service.get("/v1/jobs/" + evaluation + "/results"), 200).get("results");
        assertEquals(List.of("perk", "no-context"),
                results.stream().map(result -> ((Map<?, ?>) result).get("method")).toList());
        assertEquals(10, ((List<?>) ((Map<?, ?>) results.get(0)).get("byPosition")).size());
        Path data = folder.resolve("data");
        assertTrue(Files.exists(data.resolve("jobs").resolve(evaluation).resolve("output/report.html")));

        // Texts are encoded with it from the next on.
        assertEquals("DONE", service.encode("before", TEXT).get("state"));
        Files.writeString(installation.resolve("conf/org.perk4j.service.config"),
                "adapter=\"" + data.resolve((String) job(id).get("output")) + "\"\n");
        service.await("the adapter is taken up", () -> {
            assertEquals("DONE", service.encode("after", TEXT).get("state"));
            return !body(service.get("/v1/memories/after"), 200).get("digest")
                    .equals(body(service.get("/v1/memories/before"), 200).get("digest"));
        });

        // What has ended is forgotten with all that it wrote.
        body(service.send(service.to("/v1/jobs/" + evaluation).DELETE()), 200);
        assertFalse(Files.exists(data.resolve("jobs").resolve(evaluation)));
        assertEquals(404, service.get("/v1/jobs/" + evaluation).statusCode());
    }

    @Test
    void jobsWaitAndAreCancelledAndResumedWhileRequestsAreAnswered() throws Exception {
        String running = submit("train", training(100_000));
        String waiting = submit("train", training(1));
        service.await("a step", () -> (double) job(running).get("step") > 0);
        assertEquals("QUEUED", job(waiting).get("state"));
        assertTrue((double) job(running).get("secondsLeft") > 0);
        assertEquals(200, service.complete("base", TEXT, 4).statusCode());

        // It goes on where it was in the next process.
        service.stop();
        start();
        service.await("it goes on", () -> (double) job(running).get("step") > 1);

        assertEquals(202, service.send(service.to("/v1/jobs/" + running).DELETE()).statusCode());
        await(running, "CANCELLED");
        await(waiting, "DONE");
        double step = (double) job(running).get("step");
        body(service.post("/v1/jobs/" + running + "/resume", Map.of()), 202);
        service.await("it goes on from there", () -> (double) job(running).get("step") > step);
        assertTrue(error(service.post("/v1/jobs/" + running + "/resume", Map.of()), 409).contains("can be resumed"));
    }

    @Test
    void aPluginThatIsStoppedIsWaitedFor() throws Exception {
        body(service.post("/v1/plugins/student-records/stop", Map.of()), 200);
        String id = submit("train", training(1));
        service.await("it waits", () -> String.valueOf(job(id).get("waiting")).contains("student-records"));
        body(service.post("/v1/plugins/student-records/start", Map.of()), 200);
        await(id, "DONE");
    }

    @Test
    void aFileIsAJobAsWell() throws Exception {
        Path jobs = folder.resolve("data/jobs");
        Path elsewhere = folder.resolve("elsewhere");
        Map<String, Object> job = new HashMap<>(training(2));
        job.put("output", elsewhere.toString());
        Files.writeString(jobs.resolve("mine.json"), Json.write(Map.of("kind", "train", "job", job)));
        Path text = Files.writeString(folder.resolve("records.txt"), TEXT);
        Files.writeString(jobs.resolve("text.json"), Json.write(Map.of("kind", "encode", "job",
                Map.of("name", "fromFile", "file", text.toString(), "force", true))));
        Files.writeString(jobs.resolve("wrong.json"), "{\"kind\": \"trian\", \"job\": {}}");
        service.await("all are taken", () -> !Files.exists(jobs.resolve("mine.json"))
                && !Files.exists(jobs.resolve("text.json")) && Files.exists(jobs.resolve("wrong.json.refused")));
        assertEquals(1, service.said("did you mean") + service.said("\"train\"?"), service.err());
        service.await("all are done", () -> ((List<?>) body(service.get("/v1/jobs"), 200).get("jobs")).stream()
                .allMatch(each -> "DONE".equals(((Map<?, ?>) each).get("state"))));
        assertTrue(Files.exists(elsewhere.resolve("adapter_model.safetensors")));
        assertEquals(200, service.get("/v1/memories/fromFile").statusCode());
        assertEquals(2, ((List<?>) body(service.get("/v1/jobs"), 200).get("jobs")).size());
    }

    @Test
    void theShellSubmitsListsWatchesCancelsAndResumes() throws Exception {
        Path file = Files.writeString(folder.resolve("job.json"), Json.write(training(100_000)));
        String to = " --service " + service.address();
        Perk submitted = Perk.shell(installation, "perk job submit train '" + file + "' --name shelled" + to,
                "perk job list" + to);
        assertEquals(0, submitted.exitCode(), submitted.err());
        String id = submitted.out().lines().findFirst().orElseThrow();
        assertTrue(submitted.out().contains("shelled"), submitted.out());
        service.await("a step", () -> (double) job(id).get("step") > 0);

        Perk cancelled = Perk.shell(installation, "perk job cancel " + id + to, "perk job watch " + id + to);
        assertEquals(3, cancelled.exitCode(), cancelled.err());
        assertTrue(cancelled.out().contains("cancelled, "), cancelled.out());
        double step = (double) job(id).get("step");
        Perk resumed = Perk.shell(installation, "perk job resume " + id + to, "perk job resume none" + to);
        assertEquals(1, resumed.exitCode());
        assertTrue(resumed.err().contains("there is no job none"), resumed.err());
        service.await("it goes on", () -> (double) job(id).get("step") > step);
        assertTrue(Perk.run("job", "list", "--service", "http://127.0.0.1:1/").err().contains("perk serve"));
    }

    @Test
    void whatComesByHttpNamesNoFilesElsewhere() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret.txt"), "word\n");
        Map<String, Object> task = Map.of("type", "student-records", "values", "open", "words", secret.toString());
        Map<String, Object> stages = Map.of("stages", List.of(Map.of("steps", 1, "task", task)));
        assertTrue(error(service.post("/v1/jobs", Map.of("kind", "train", "job", stages)), 400).contains("words"));
        for (String key : List.of("base", "from", "output")) {
            Map<String, Object> job = new HashMap<>(training(1));
            for (String place : List.of(folder.toString(), "../..", "a/../../../..")) {
                job.put(key, place);
                assertTrue(error(service.post("/v1/jobs", Map.of("kind", "train", "job", job)), 400)
                        .contains("outside of the service's data"), key + " " + place);
            }
        }
        assertTrue(error(service.post("/v1/jobs", Map.of("kind", "encode", "job", Map.of("name", "a", "file",
                secret.toString()))), 400).contains("outside of the service's data"));
        assertTrue(error(service.post("/v1/jobs", Map.of("kind", "pretrain", "job", Map.of("tokenizer", "none", "stages",
                List.of(Map.of("steps", 1, "sources", List.of(Map.of("files", List.of("/etc/passwd")))))))), 400)
                .contains("files"));
        assertTrue(error(service.post("/v1/jobs", Map.of("kind", "train", "job", Map.of("stages", "none"))), 400)
                .contains("stages"));
        assertTrue(error(service.post("/v1/jobs", Map.of("kind", "trian", "job", Map.of())), 400).contains("train"));
    }
}
