package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {

    @TempDir
    private Path folder;

    @Test
    void givesBackTheLastStateExactly() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "{}", 2);
        assertTrue(checkpoints.latest(Valley.specs()).isEmpty());
        checkpoints.write(state(3));
        checkpoints.write(state(12));
        TrainingState read = checkpoints.latest(Valley.specs()).orElseThrow();
        assertEquals(state(12).counters(), read.counters());
        assertSame(state(12).values(), read.values());
        assertSame(state(12).second(), read.second());
        assertSame(state(12).best(), read.best());
    }

    @Test
    void keepsTheLastTwo() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "{}", 2);
        for (long step : new long[] {1, 2, 3, 1_000}) {
            checkpoints.write(state(step));
        }
        assertEquals(List.of("step-000000003", "step-000001000"), names());
    }

    @Test
    void whatAKilledProcessLeftHalfWrittenGoes() throws IOException {
        Path half = Files.createDirectory(folder.resolve(".step-000000001.5fb1d0a6-27a5-4c36-b4ae-2b2b5c1e1f2e.perk4j-tmp"));
        Files.writeString(half.resolve("state.safetensors"), "half");
        new Checkpoints(folder, "{}", 2).write(state(2));
        assertEquals(List.of("step-000000002"), names());
    }

    @Test
    void aFailureWhileWritingLeavesTheEarlierOne() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "{}", 2);
        checkpoints.write(state(1));
        TrainingState sound = state(2);
        List<float[]> broken = new ArrayList<>(sound.second().values());
        broken.set(1, null);
        TrainingState state = new TrainingState(sound.counters(), sound.values(), sound.first(),
                new Variables(Valley.specs(), broken), sound.best());
        assertThrows(RuntimeException.class, () -> checkpoints.write(state));
        assertEquals(List.of("step-000000001"), names());
        assertEquals(1, checkpoints.latest(Valley.specs()).orElseThrow().counters().step());
    }

    @Test
    void aTruncatedFileIsNamed() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "{}", 2);
        checkpoints.write(state(1));
        Path file = folder.resolve("step-000000001/state.safetensors");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 300));
        assertTrue(assertThrows(IOException.class, () -> checkpoints.latest(Valley.specs())).getMessage()
                .startsWith(file.toString()));
    }

    @Test
    void anotherJobIsNotResumed() throws IOException {
        new Checkpoints(folder, "{\"seed\": 1}", 2).write(state(1));
        String message = assertThrows(IOException.class,
                () -> new Checkpoints(folder, "{\"seed\": 2}", 2).requireUsable(true)).getMessage();
        assertTrue(message.endsWith("this run began with another job: resume it with that one, or choose another output "
                + "folder"), message);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static TrainingState state(long step) {
        return new TrainingState(new TrainingState.Counters(step, 7 * step, step - 1, 100, 0.1 + 0.2, 1, 1.0 / 3, 0.25, 2),
                Variables.initial(Valley.specs(), step), Variables.initial(Valley.specs(), step + 1),
                Variables.initial(Valley.specs(), step + 2), Variables.initial(Valley.specs(), step + 3));
    }

    private static void assertSame(Variables expected, Variables found) {
        for (int i = 0; i < expected.values().size(); i++) {
            assertArrayEquals(expected.values().get(i), found.values().get(i));
        }
    }
}
