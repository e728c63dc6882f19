package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Runs as processes that are killed without warning, and resumed. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ResumeTest {

    /** Past the first checkpoint, and not at one. */
    private static final int KILLED_AFTER = 6;

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void trainBase() throws IOException {
        base = folder.resolve("straight");
        TrainingOutcome outcome = SmallRun.run("pretrain", SmallRun.pretrainJob(folder, "straight"), false);
        assertTrue(outcome.finished() && Double.isFinite(outcome.bestLoss()) && Double.isFinite(outcome.exactMatch()));
    }

    @Test
    void languageTrainingThatWasKilledEndsBitForBitAsIfItHadNotBeen() throws Exception {
        Path job = SmallRun.pretrainJob(folder, "killed");
        killDuring("pretrain", job, folder.resolve("killed/log.jsonl"));
        SmallRun.run("pretrain", job, true);
        assertSame("straight", "killed", "model.safetensors");
    }

    @Test
    void metaTrainingThatWasKilledEndsBitForBitAsIfItHadNotBeen() throws Exception {
        SmallRun.run("train", SmallRun.trainJob(folder, base, "meta"), false);
        Path job = SmallRun.trainJob(folder, base, "metaKilled");
        killDuring("train", job, folder.resolve("metaKilled/log.jsonl"));
        SmallRun.run("train", job, true);
        assertSame("meta", "metaKilled", "meta.safetensors");
        assertSame("meta", "metaKilled", "adapter_model.safetensors");
    }

    private static void killDuring(String kind, Path job, Path log) throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), SmallRun.class.getName(), kind, job.toString())
                .inheritIO().start();
        try {
            while (process.isAlive() && !(Files.exists(log) && Files.readAllLines(log).size() >= KILLED_AFTER)) {
                Thread.sleep(2);
            }
        } finally {
            process.destroyForcibly();
        }
        assertEquals(128 + 9, process.waitFor(), "was killed, not done");
    }

    private void assertSame(String one, String other, String result) throws IOException {
        Path state = Path.of(String.format("checkpoints/step-%09d/state.safetensors", SmallRun.STEPS));
        assertArrayEquals(Files.readAllBytes(folder.resolve(one).resolve(state)),
                Files.readAllBytes(folder.resolve(other).resolve(state)));
        assertArrayEquals(Files.readAllBytes(folder.resolve(one).resolve(result)),
                Files.readAllBytes(folder.resolve(other).resolve(result)));
        assertEquals(LongStream.rangeClosed(1, SmallRun.STEPS).boxed().toList(), steps(other));
    }

    private List<Long> steps(String run) throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve(run).resolve("log.jsonl"));
        List<Long> steps = new ArrayList<>();
        for (String line : lines) {
            steps.add(((Double) Json.parseObject(line).get("step")).longValue());
        }
        return steps;
    }
}
