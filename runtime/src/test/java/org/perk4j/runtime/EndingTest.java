package org.perk4j.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of their own, in each of which something goes wrong that used to keep it for ever. */
class EndingTest {

    /** Far more than any of them needs. */
    private static final long MINUTES = 3;

    @TempDir
    private Path folder;

    private Process process;

    /** What goes wrong. */
    static final class Program {

        public static void main(String[] arguments) throws Exception {
            Ending.prepare();
            keepsAlive().start();
            switch (arguments[0]) {
                case "main" -> Ending.exit(new NoSuchMethodError("gone"));
                case "done" -> Ending.exit(0);
                case "elsewhere" -> new Thread(() -> {
                    throw new OutOfMemoryError("Java heap space");
                }, "worker").start();
                case "hook" -> {
                    Runtime.getRuntime().addShutdownHook(keepsAlive());
                    Ending.exit(3);
                }
                case "threads" -> takeAllThreads();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }

        private static Thread keepsAlive() {
            return new Thread(Program::waitForEver);
        }

        private static void waitForEver() {
            while (true) {
                try {
                    TimeUnit.DAYS.sleep(1);
                } catch (InterruptedException e) {
                    // for ever
                }
            }
        }

        private static void takeAllThreads() throws InterruptedException {
            try {
                while (true) {
                    keepsAlive().start();
                }
            } catch (OutOfMemoryError e) {
                System.err.println("full");
            }
            waitForEver();
        }
    }

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private void start(String limit, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", limit + " exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m", "-XX:+UseSerialGC",
                "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command).redirectError(err().toFile()).redirectOutput(new File("/dev/null")).start();
    }

    private Path err() {
        return folder.resolve("err");
    }

    private void assertEnds(int exitCode, String line) throws Exception {
        assertTrue(process.waitFor(MINUTES, TimeUnit.MINUTES), "it hangs");
        String err = Files.readString(err());
        assertEquals(exitCode, process.exitValue(), err);
        assertTrue(err.contains(line), err);
    }

    @Test
    void anyErrorEndsTheProcessThoughThreadsLive() throws Exception {
        start("", Program.class.getName(), "main");
        assertEnds(1, "perk: unexpected java.lang.NoSuchMethodError: gone");
    }

    @Test
    void aCommandThatIsDoneEndsTheProcessThoughThreadsLive() throws Exception {
        start("", Program.class.getName(), "done");
        assertEnds(0, "");
    }

    @Test
    void memoryThatRunsOutInAnyThreadEndsTheProcess() throws Exception {
        start("", Program.class.getName(), "elsewhere");
        assertEnds(5, "perk: out of memory (Java heap space)");
    }

    @Test
    void whatIsClearedAwayForEverIsCutOff() throws Exception {
        start("", Program.class.getName(), "hook");
        assertEnds(3, "perk: something didn't end within");
    }

    /** The virtual machine needs one more to obey. */
    @Test
    void sigtermIsObeyedWhereNoThreadCanBeStarted() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: only Linux limits address space");
        start("ulimit -v 8000000;", "-Xss64m", Program.class.getName(), "threads");
        while (process.isAlive() && !Files.readString(err()).contains("full")) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        TimeUnit.SECONDS.sleep(3); // after which it is noticed
        process.destroy();
        assertEnds(128 + 15, "full");
    }
}
