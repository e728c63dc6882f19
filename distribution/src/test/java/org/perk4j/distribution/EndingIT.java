package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process ends when it is asked to, and where what it needs runs out, and says why. */
class EndingIT {

    @TempDir
    private Path folder;

    @Test
    void aTrainingThatIsStoppedIsNotDone() throws Exception {
        Path output = folder.resolve("stopped");
        Process process = new ProcessBuilder(Perk.INSTALLATION.resolve("bin/perk").toString(), "train",
                longJob(output).toString())
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        assertStops(process, output);
    }

    /** Its input stays open: it must not wait for another line. */
    @Test
    void aTrainingThatIsStoppedEndsTheShell() throws Exception {
        Path output = folder.resolve("stopped in the shell");
        Process process = new ProcessBuilder(Perk.INSTALLATION.resolve("bin/perk").toString(), "shell")
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        process.getOutputStream().write(("perk train '" + longJob(output) + "'\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        assertStops(process, output);
    }

    private static Path longJob(Path output) throws IOException {
        return Files.writeString(output.resolveSibling("job.json"), """
                {"base": "%s", "output": "%s", "adapter": {"type": "lora", "rank": 2},
                 "objective": {"type": "perk", "steps": 1},
                 "validation": {"every": 1000, "episodes": 1, "answers": 0},
                 "stages": [{"steps": 100000, "task": {"type": "student-records", "records": 2, "questions": 1}}]}
                """.formatted(Perk.INSTALLATION.resolve("quickstart/base"), output));
    }

    private void assertStops(Process process, Path output) throws Exception {
        int exitCode = Perk.terminated(process, output.resolve("log.jsonl"));
        assertEquals(3, exitCode, Files.readString(folder.resolve("err")));
        assertTrue(Files.readString(folder.resolve("out")).contains("go on with --resume"));
    }

    /** Limits of memory at which the virtual machine starts, and then threads can't be. */
    @ParameterizedTest
    @ValueSource(ints = {2_900_000, 3_000_000, 3_100_000, 3_200_000})
    void whereThreadsOrMemoryRunOutItEndsAndSaysWhy(int kilobytes) throws Exception {
        Path err = folder.resolve("scarce");
        Process process = new ProcessBuilder("sh", "-c", "ulimit -v " + kilobytes + "; exec \"$0\" \"$@\"",
                Perk.INSTALLATION.resolve("bin/perk").toString(), "plugins").directory(folder.toFile())
                .redirectErrorStream(true).redirectOutput(err.toFile()).start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it hangs: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        assertTrue(process.exitValue() == 0 || said.contains("perk: ")
                || said.contains("Error occurred during initialization of VM")
                || said.contains("insufficient memory for the Java Runtime"), process.exitValue() + ": " + said);
    }
}
