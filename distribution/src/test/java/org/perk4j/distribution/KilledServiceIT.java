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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Json;

/**
 * A service that is killed, at instants that are drawn, while its memories are written, appended to and deleted. The next
 * must have all that a client was told of, nothing that a client was told is gone, and nothing half.
 */
class KilledServiceIT {

    /** How often it is killed: -Dperk.kills=200 for longer. */
    private static final int KILLS = Integer.getInteger("perk.kills", 12);
    private static final long SEED = Long.getLong("perk.kills.seed", System.nanoTime());
    private static final int LATEST_MILLIS = 3_000;
    private static final List<String> NAMES = List.of("one", "two", "three");

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    /** By name, the texts of which the memory has one; an empty text if there may be no such memory. */
    private final Map<String, Set<String>> possible = new TreeMap<>();
    /** How often clients asked for what. */
    private final Map<String, Integer> asked = new TreeMap<>();

    @Test
    void nothingIsLostOrHalfWritten() throws Exception {
        NAMES.forEach(name -> possible.put(name, Set.of("")));
        ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < KILLS; i++) {
                try (Served served = new Served(Perk.INSTALLATION, folder, Map.of())) {
                    compare(served);
                    killer.schedule(served::close, random.nextInt(LATEST_MILLIS), TimeUnit.MILLISECONDS);
                    changeUntilKilled(served);
                }
                System.out.println("killed " + (i + 1) + " times, seed " + SEED + ": " + asked);
            }
            try (Served served = new Served(Perk.INSTALLATION, folder, Map.of())) {
                compare(served);
            }
        } finally {
            killer.shutdownNow();
        }
    }

    private void changeUntilKilled(Served served) throws Exception {
        try {
            while (true) {
                change(served, NAMES.get(random.nextInt(NAMES.size())));
            }
        } catch (IOException e) {
            served.close(); // it was killed, and what was under way may be done or not
        }
    }

    private void change(Served served, String name) throws IOException, InterruptedException {
        String before = possible.get(name).iterator().next();
        int kind = before.isEmpty() ? 0 : random.nextInt(4);
        asked.merge(List.of("encode", "encode", "append", "delete").get(kind), 1, Integer::sum);
        String more = SixStudents.record(random.nextInt(100_000, 1_000_000));
        switch (kind) {
            case 0, 1 -> encode(served, name, "/v1/memories", Map.of("name", name, "text", more, "replace", true,
                    "force", true), before, more);
            case 2 -> encode(served, name, "/v1/memories/" + name + "/append", Map.of("text", more, "force", true), before,
                    before + "\n" + more);
            default -> {
                possible.put(name, Set.of(before, ""));
                told(served.send(served.to("/v1/memories/" + name).DELETE()), 200);
                possible.put(name, Set.of(""));
            }
        }
    }

    private void encode(Served served, String name, String path, Object body, String before, String after)
            throws IOException, InterruptedException {
        possible.put(name, Set.of(before, after));
        HttpResponse<String> accepted = served.send(served.to(path)
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body))));
        told(accepted, 202);
        possible.put(name, Set.of(after));
        String job = accepted.headers().firstValue("Location").orElseThrow();
        while (List.of("QUEUED", "RUNNING").contains(told(served.get(job), 200).get("state"))) {
            Thread.sleep(20);
        }
    }

    private static Map<String, Object> told(HttpResponse<String> response, int status) throws IOException {
        if (response.statusCode() != status) {
            throw new AssertionError(response.statusCode() + " " + response.body() + ", seed " + SEED);
        }
        return Json.parseObject(response.body());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Served served, String what) throws Exception {
        return (List<Map<String, Object>>) told(served.get("/v1/" + what), 200).get(what);
    }

    private void compare(Served served) throws Exception {
        served.await("the end of all jobs", () -> list(served, "jobs").stream().map(job -> (String) job.get("state"))
                .peek(state -> assertFalse(List.of("FAILED", "CANCELLED").contains(state), "seed " + SEED))
                .allMatch("DONE"::equals));
        Map<String, String> found = new TreeMap<>();
        Set<String> digests = new HashSet<>();
        for (Map<String, Object> memory : list(served, "memories")) {
            found.put((String) memory.get("name"), (String) memory.get("sha256"));
            digests.add((String) memory.get("digest"));
            told(served.post("/v1/memories/" + memory.get("name") + "/load", Map.of()), 200); // all of it is sound
        }
        for (String name : NAMES) {
            Set<String> texts = possible.get(name);
            String text = texts.stream().filter(each -> fingerprint(each).equals(found.getOrDefault(name, ""))).findFirst()
                    .orElseThrow(() -> new AssertionError(name + " is none of " + texts + ", seed " + SEED));
            possible.put(name, Set.of(text));
        }
        assertTrue(NAMES.containsAll(found.keySet()));
        assertEquals(digests, files("objects"), "seed " + SEED);
        assertEquals(Set.copyOf(found.values()), files("texts"), "seed " + SEED);
        assertFalse(Files.exists(folder.resolve("data/incoming"))
                && !files("incoming").isEmpty(), "seed " + SEED);
    }

    private static String fingerprint(String text) {
        return text.isEmpty() ? "" : Fingerprint.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private Set<String> files(String kind) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data").resolve(kind))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
