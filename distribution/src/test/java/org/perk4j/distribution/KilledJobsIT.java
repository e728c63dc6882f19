package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/**
 * A service that is killed, at instants that are drawn, as it starts and while it trains. Each time the training goes on by
 * itself, and it ends with the bytes that {@code perk train} writes without being disturbed.
 */
class KilledJobsIT {

    /** How often it is killed: -Dperk.kills=200 for longer. */
    private static final int KILLS = Integer.getInteger("perk.kills", 5);
    private static final long SEED = Long.getLong("perk.kills.seed", System.nanoTime());
    private static final int LATEST_MILLIS = 4_000;
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final List<String> RESULT = List.of("adapter_model.safetensors", "meta.safetensors", "perk4j.json");

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    /** Those that a client was told of. */
    private final Set<String> told = new HashSet<>();

    private static Map<String, Object> job(Map<String, Object> more) {
        Map<String, Object> job = new LinkedHashMap<>(Map.of(
                "adapter", Map.of("type", "lora", "rank", 2),
                "objective", Map.of("type", "perk", "steps", 1),
                "validation", Map.of("every", 8, "episodes", 1, "answers", 1),
                "checkpoint", Map.of("everySteps", 2),
                "stages", List.of(Map.of("steps", 24, "task",
                        Map.of("type", "student-records", "records", 2, "questions", 1)))));
        job.putAll(more);
        return job;
    }

    @Test
    void trainingsGoOnBitForBit() throws Exception {
        Path undisturbed = folder.resolve("undisturbed");
        Path file = Files.writeString(folder.resolve("job.json"), Json.write(job(Map.of("output", undisturbed.toString(),
                "base", Perk.INSTALLATION.resolve("quickstart/base").toString()))));
        Perk trained = Perk.run("train", file.toString());
        assertEquals(0, trained.exitCode(), trained.err());

        ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < KILLS; i++) {
                try (Served served = new Served(Perk.INSTALLATION, folder, Map.of())) {
                    Runnable kill = () -> killer.schedule(served::close, random.nextInt(LATEST_MILLIS),
                            TimeUnit.MILLISECONDS);
                    if (i % 2 == 0) {
                        kill.run();
                        submitUntilKilled(served, () -> { });
                    } else {
                        submitUntilKilled(served, kill);
                    }
                }
            }
        } finally {
            killer.shutdownNow();
        }
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of())) {
            if (jobs(served).isEmpty()) {
                submit(served);
            }
            served.await("the end of all jobs",
                    () -> jobs(served).stream().allMatch(job -> "DONE".equals(job.get("state"))));
            assertTrue(jobs(served).stream().map(job -> job.get("id")).collect(Collectors.toSet()).containsAll(told));
            for (Map<String, Object> job : jobs(served)) {
                Path output = folder.resolve("data").resolve((String) job.get("output"));
                for (String name : RESULT) {
                    assertArrayEquals(Files.readAllBytes(undisturbed.resolve(name)),
                            Files.readAllBytes(output.resolve(name)), name + ", seed " + SEED);
                }
            }
        }
    }

    /** @param trains called once when a step is done: a machine may be too slow to get there before it would be killed */
    private void submitUntilKilled(Served served, Runnable trains) throws Exception {
        boolean trained = false;
        long begin = System.nanoTime();
        try {
            while (true) {
                assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, () -> "it isn't killed: " + served.err());
                List<Map<String, Object>> jobs = jobs(served);
                if (!trained && jobs.stream().anyMatch(KilledJobsIT::hasDoneAStep)) {
                    trained = true;
                    trains.run();
                }
                jobs.forEach(job -> assertFalse(List.of("FAILED", "CANCELLED").contains(job.get("state")),
                        job + ", seed " + SEED));
                if (jobs.stream().allMatch(job -> "DONE".equals(job.get("state")))) {
                    submit(served);
                }
                Thread.sleep(50);
            }
        } catch (IOException e) {
            served.close(); // it was killed
        }
    }

    private static boolean hasDoneAStep(Map<String, Object> job) {
        return "RUNNING".equals(job.get("state")) && ((Number) job.get("step")).intValue() > 0;
    }

    private void submit(Served served) throws IOException, InterruptedException {
        HttpResponse<String> response = served.post("/v1/jobs", Map.of("kind", "train", "job", job(Map.of())));
        assertEquals(202, response.statusCode(), response.body());
        told.add((String) Json.parseObject(response.body()).get("id"));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> jobs(Served served) throws IOException, InterruptedException {
        HttpResponse<String> response = served.get("/v1/jobs");
        assertEquals(200, response.statusCode(), response.body());
        return (List<Map<String, Object>>) Json.parseObject(response.body()).get("jobs");
    }
}
