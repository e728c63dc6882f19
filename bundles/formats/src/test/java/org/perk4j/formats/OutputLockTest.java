package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A place has one owner, who is named and may die. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class OutputLockTest {

    @TempDir
    private Path folder;

    @Test
    void anotherProcessIsNamedAndKeepsThePlaceUntilItIsKilled() throws Exception {
        Path output = folder.resolve("output");
        Process holder = holder(output);
        try {
            for (int i = 0; i < 2; i++) { // asking takes nothing away from it
                String message = assertThrows(IOException.class, () -> OutputPlace.within(output)).getMessage();
                assertTrue(message.startsWith(output + ": is being written by process " + holder.pid() + " on "), message);
                assertTrue(message.contains(", since 2") && message.endsWith("choose another place"), message);
            }
        } finally {
            holder.destroyForcibly();
        }
        holder.waitFor();
        OutputPlace.within(output).close();
        assertArrayEquals(new String[0], output.toFile().list());
    }

    @Test
    void aProcessIsToldOfItself() throws IOException {
        try (OutputPlace first = OutputPlace.within(folder); OutputPlace other = OutputPlace.ofFolder(
                folder.resolve("other"))) {
            for (int i = 0; i < 2; i++) {
                String message = assertThrows(IOException.class, () -> OutputPlace.within(folder)).getMessage();
                assertTrue(message.startsWith(folder + ": is being written by this process itself"), message);
            }
        }
        OutputPlace.within(folder).close();
    }

    /** On POSIX systems a look into the file of a lock is enough to lose it. */
    @Test
    void whoIsRefusedInTheSameProcessTakesNothingFromIt() throws Exception {
        try (OutputPlace first = OutputPlace.within(folder)) {
            assertThrows(IOException.class, () -> OutputPlace.within(folder));
            Process other = holder(folder);
            assertEquals(3, other.waitFor());
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkIsTheSamePlace() throws IOException {
        Path memory = Files.createDirectory(folder.resolve("memory"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), memory);
        try (OutputPlace first = OutputPlace.ofFolder(memory)) {
            assertThrows(OutputLock.TakenException.class, () -> OutputPlace.ofFolder(link));
        }
    }

    @Test
    void aFileOfTheUsersIsNotTakenForALock() throws IOException {
        Path theirs = Files.writeString(folder.resolve(".memory" + OutputLock.SUFFIX), "years of work");
        String message = assertThrows(IOException.class, () -> OutputPlace.ofFolder(folder.resolve("memory"))).getMessage();
        assertTrue(message.contains(theirs.getFileName().toString()) && message.contains("move it away"), message);
        assertEquals("years of work", Files.readString(theirs));
    }

    /** As many as want it, again and again: no two have it at once, and nobody fails but by being told so. */
    @Test
    void itIsNeverHeldTwice() throws Exception {
        Path counter = folder.resolve("counter");
        Files.writeString(counter, "0");
        Process[] processes = new Process[3];
        for (int i = 0; i < processes.length; i++) {
            processes[i] = java(Counting.class, folder.toString());
        }
        for (Process process : processes) {
            assertEquals(0, process.waitFor());
        }
        assertEquals(processes.length * Counting.TIMES, Integer.parseInt(Files.readString(counter)));
    }

    private static Process holder(Path output) throws IOException {
        Process process = java(Holder.class, output.toString());
        BufferedReader lines = process.inputReader();
        lines.readLine();
        return process;
    }

    private static Process java(Class<?> main, String argument) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), main.getName(), argument)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Takes a place and keeps it. */
    static final class Holder {

        private Holder() {
        }

        public static void main(String[] arguments) throws Exception {
            try (OutputPlace place = OutputPlace.within(Path.of(arguments[0]))) {
                System.out.println("has it");
                Thread.sleep(TimeUnit.MINUTES.toMillis(2));
            } catch (OutputLock.TakenException e) {
                System.out.println("refused");
                System.exit(3);
            }
        }
    }

    /** Adds to a number in a file, which goes wrong if another process does so meanwhile. */
    static final class Counting {

        static final int TIMES = 40;

        private Counting() {
        }

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            int done = 0;
            while (done < TIMES) {
                try (OutputPlace place = OutputPlace.ofFolder(folder.resolve("memory"))) {
                    Path counter = folder.resolve("counter");
                    int number = Integer.parseInt(Files.readString(counter));
                    Files.writeString(counter, Integer.toString(number + 1));
                    done++;
                } catch (OutputLock.TakenException e) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
