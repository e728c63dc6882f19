package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.OutputPlace;
import org.perk4j.meta.NotFiniteException;

class TrainingLoopTest {

    private static final int STEPS = 47;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 11, 38, 46})
    void aRunThatFailedAndWasResumedEndsLikeOneThatDidNot(int failing) throws IOException {
        run("straight", new Valley(STEPS, step -> { }), false);
        Valley breaking = new Valley(STEPS, step -> {
            if (step == failing) {
                throw new IllegalStateException("power cut");
            }
        });
        assertThrows(IllegalStateException.class, () -> run("broken", breaking, false));
        TrainingOutcome outcome = run("broken", new Valley(STEPS, step -> { }), true);
        assertTrue(outcome.finished());
        assertSameEnd("straight", "broken");
        assertEquals(LongStream.rangeClosed(1, STEPS).boxed().toList(), loggedSteps("broken"));
    }

    @Test
    void aRunThatWasStoppedGoesOnFromThereNotFromTheLastCheckpoint() throws IOException {
        run("straight", new Valley(STEPS, step -> { }), false);
        Path stop = folder.resolve("stopped/stop");
        TrainingOutcome outcome = run("stopped", new Valley(STEPS, step -> {
            if (step == 24) {
                create(stop);
            }
        }), false);
        assertFalse(outcome.finished());
        assertEquals(25, outcome.steps());
        assertFalse(Files.exists(stop), "the request was carried out");
        run("stopped", new Valley(STEPS, step -> assertTrue(step >= 25)), true);
        assertSameEnd("straight", "stopped");
    }

    private static void create(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void linesAfterTheCheckpointAreWrittenAnew() throws IOException {
        run("run", new Valley(STEPS, step -> { }), false);
        Path log = folder.resolve("run/log.jsonl");
        List<String> before = steady(log);
        Files.writeString(log, "{\"step\":48,\"loss\":1}\n{\"step\":49,\"lo", StandardOpenOption.APPEND);
        run("run", new Valley(STEPS, step -> { }), true);
        assertEquals(before, steady(log));
    }

    /** The log without what depends on the clock. */
    private static List<String> steady(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> line.replaceAll("\"(seconds|tokensPerSecond)\":[^,]*,", "")).toList();
    }

    @Test
    void stopsAfterSoManyValidationsWithoutALowerLoss() throws IOException {
        AtomicInteger validations = new AtomicInteger();
        TrainingOutcome outcome = run("run", new Valley(1_000, step -> { })
                .validatedAs(loss -> validations.incrementAndGet() <= 4 ? 10 - validations.get() : 50), false);
        assertEquals(20, outcome.bestStep());
        assertEquals(6, outcome.bestLoss());
        assertEquals(20 + 3 * 5, outcome.steps());
        assertTrue(outcome.finished());
    }

    @Test
    void theResultIsTheBestNotTheLast() throws IOException {
        Valley trainer = new Valley(40, step -> { });
        run("run", trainer.validatedAs(loss -> -loss), false); // the worst is the best: the first
        try (Stream<String> lines = Files.lines(folder.resolve("run/log.jsonl"))) {
            double best = lines.map(TrainingLoopTest::parse).filter(line -> line.containsKey("validationLoss"))
                    .mapToDouble(line -> -(double) line.get("validationLoss")).max().orElseThrow();
            assertEquals(best, Double.parseDouble(Files.readString(folder.resolve("run/result"))));
        }
    }

    @Test
    void skipsGradientsThatAreNotFiniteAndGivesUpIfTheyStaySo() throws IOException {
        TrainingOutcome outcome = run("sometimes", new Valley(STEPS, step -> { }).undefinedIf(step -> step % 3 == 0), false,
                0);
        assertTrue(outcome.finished() && Double.isFinite(outcome.bestLoss()));
        String message = assertThrows(NotFiniteException.class,
                () -> run("always", new Valley(STEPS, step -> { }).undefinedIf(step -> step >= 10), false, 0)).getMessage();
        assertEquals("loss or gradient was not finite in 20 steps in a row, the last 30: lower the learning rate", message);
    }

    @Test
    void stopsAtAValidationThatIsNotFiniteAndKeepsTheBest() throws IOException {
        AtomicInteger validations = new AtomicInteger();
        String message = assertThrows(NotFiniteException.class, () -> run("run", new Valley(STEPS, step -> { })
                .validatedAs(loss -> validations.incrementAndGet() == 4 ? Double.NaN : loss), false)).getMessage();
        assertTrue(message.startsWith("the validation loss is not finite after step 20: lower the learning rate; "
                + "the best values so far, of step "), message);
        assertTrue(Files.exists(folder.resolve("run/result")));
        assertEquals(20L, loggedSteps("run").get(19));
        assertThrows(NotFiniteException.class,
                () -> run("first", new Valley(STEPS, step -> { }).validatedAs(loss -> Double.NaN), false));
        assertFalse(Files.exists(folder.resolve("first/result")), "there is nothing to keep");
    }

    /** Too few steps to give up early, and still no usable result. */
    @Test
    void aRunThatEndsOnGradientsThatAreNotFiniteFails() {
        Valley trainer = new Valley(4, step -> { }).undefinedIf(step -> step >= 1);
        String message = assertThrows(NotFiniteException.class,
                () -> run("short", trainer.validatedAs(loss -> Double.NaN), false, 0)).getMessage();
        assertEquals("the validation loss is not finite after step 4: lower the learning rate", message);
    }

    @Test
    void aFolderWithARunIsNotBegunAnew() throws IOException {
        run("run", new Valley(STEPS, step -> { }), false);
        String message = assertThrows(IOException.class, () -> run("run", new Valley(STEPS, step -> { }), false))
                .getMessage();
        assertTrue(message.endsWith("already holds a run: resume it, or choose another output folder"), message);
    }

    @Test
    void aRunHasItsFolderToItself() throws IOException {
        Path output = folder.resolve("run");
        try (OutputPlace place = TrainingLoop.reserve(output, "{}", false)) {
            for (boolean resume : new boolean[] {false, true}) {
                String message = assertThrows(IOException.class, () -> TrainingLoop.reserve(output, "{}", resume))
                        .getMessage();
                assertTrue(message.startsWith(output + ": is being written by "), message);
            }
            run("run", new Valley(STEPS, step -> { }), false);
        }
        assertThrows(IOException.class, () -> TrainingLoop.reserve(output, "{}", false), "holds a run");
        TrainingLoop.reserve(output, "{}", true).close();
        assertFalse(Files.exists(output.resolve(".perk4j-lock")));
    }

    private TrainingOutcome run(String name, Trainer trainer, boolean resume) throws IOException {
        return run(name, trainer, resume, 3);
    }

    private TrainingOutcome run(String name, Trainer trainer, boolean resume, int patience) throws IOException {
        OuterOptions outer = new OuterOptions(0.05, 1, 0.1, 0, 0.01, 0.9, 0.95, 1e-8, 1, 0, 0);
        TrainingLoop.LoopOptions options = new TrainingLoop.LoopOptions(outer, new ValidationOptions(5, 1, 0, 1, patience),
                new CheckpointOptions(10, 60, 2));
        return new TrainingLoop(trainer, options, folder.resolve(name), "{}", Progress.NONE, () -> false).run(resume);
    }

    private void assertSameEnd(String one, String other) throws IOException {
        Path last = Path.of(String.format("checkpoints/step-%09d/state.safetensors", STEPS));
        assertArrayEquals(Files.readAllBytes(folder.resolve(one).resolve(last)),
                Files.readAllBytes(folder.resolve(other).resolve(last)));
        assertEquals(Files.readString(folder.resolve(one).resolve("result")),
                Files.readString(folder.resolve(other).resolve("result")));
    }

    private List<Long> loggedSteps(String name) throws IOException {
        return Files.readAllLines(folder.resolve(name).resolve("log.jsonl")).stream()
                .map(line -> ((Double) parse(line).get("step")).longValue()).toList();
    }

    private static Map<String, Object> parse(String line) {
        try {
            return Json.parseObject(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
