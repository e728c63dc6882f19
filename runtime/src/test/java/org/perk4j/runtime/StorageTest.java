package org.perk4j.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of their own make folders side by side, and are killed. */
class StorageTest {

    @TempDir
    private Path temporary;

    private Process process;

    /** Makes a folder, unpacks something, says so, and waits to be killed. */
    static final class Holder {

        public static void main(String[] arguments) throws Exception {
            Storage storage = Storage.open(arguments.length == 0 ? null : arguments[0]);
            Files.createDirectories(storage.folder().resolve(Platform.FRAMEWORK).resolve("bundle1"));
            Files.writeString(storage.folder().resolve(Platform.FRAMEWORK).resolve("bundle1/unpacked.jar"), "content");
            System.out.println("ready");
            System.in.read();
        }
    }

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void isGoneWithItsProcess() throws Exception {
        start();
        assertEquals(1, left().size());
        process.destroy(); // SIGTERM
        process.waitFor();
        assertEquals(Set.of(), left());
    }

    @Test
    void theNextProcessDeletesThatOfAKilledOne() throws Exception {
        start();
        Set<String> killed = left();
        process.destroyForcibly().waitFor();
        assertEquals(killed, left());
        start();
        assertEquals(1, left().size());
        assertFalse(left().equals(killed));
    }

    @Test
    void thatOfALivingProcessStays() throws Exception {
        start();
        Process first = process;
        try {
            Set<String> before = left();
            start();
            assertTrue(left().containsAll(before) && left().size() == 2, left().toString());
            assertTrue(Files.exists(temporary.resolve(before.iterator().next())
                    .resolve("framework/bundle1/unpacked.jar")));
        } finally {
            first.destroyForcibly().waitFor();
        }
    }

    /** A process was killed before it took its lock; one was interrupted, and unpacked on after its folder was deleted. */
    @Test
    void whatLostItsLockIsDeletedAndWhatOthersMadeIsNot() throws Exception {
        Files.createDirectory(temporary.resolve("perk4j-process-1"));
        Files.createDirectories(temporary.resolve("perk4j-process-2/framework/bundle7"));
        Path results = Files.createDirectories(temporary.resolve("perk4j-process-3/results"));
        Path named = Files.createDirectories(temporary.resolve("perk4j-process-of-mine"));
        Path linked = Files.createFile(Files.createDirectory(temporary.resolve("elsewhere")).resolve("file"));
        Files.createSymbolicLink(temporary.resolve("perk4j-process-2/framework/link"), linked.getParent());
        Files.createSymbolicLink(temporary.resolve("perk4j-process-4"), linked.getParent());
        start();
        assertFalse(Files.exists(temporary.resolve("perk4j-process-1")));
        assertFalse(Files.exists(temporary.resolve("perk4j-process-2")));
        assertTrue(Files.exists(results) && Files.exists(named) && Files.exists(linked));
    }

    @Test
    void aNamedFolderIsForOneProcessAtATime() throws Exception {
        Path folder = temporary.resolve("named");
        start(folder.toString());
        String message = assertThrows(StartException.class, () -> Storage.open(folder.toString())).getMessage();
        assertTrue(message.contains(folder + ", named by perk.storage, is in use by another process"), message);
        process.destroyForcibly().waitFor();
        start(folder.toString());
    }

    /** A process that looked into a file of its own would lose the lock on it, as POSIX has it. */
    @Test
    void whatThisProcessHasItKeepsWhenItIsAskedForAgain() throws Exception {
        String folder = temporary.resolve("mine").toString();
        try (Storage storage = Storage.open(folder)) {
            assertThrows(StartException.class, () -> Storage.open(folder));
            assertThrows(StartException.class, () -> Storage.open(storage.folder().resolve("../mine").toString()));
            Process other = holder(folder);
            assertEquals(1, other.waitFor(), "another process finds it locked");
        }
        start(folder);
    }

    @Test
    void aFolderThatCantBeMadeIsNamed() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        Path within = file.resolve("within");
        String message = assertThrows(StartException.class, () -> Storage.open(within.toString())).getMessage();
        assertTrue(message.startsWith("the folder " + within + ", named by perk.storage, can't be used: "), message);
    }

    private void start(String... arguments) throws IOException {
        process = holder(arguments);
        assertEquals('r', process.getInputStream().read(), "it started");
    }

    private Process holder(String... arguments) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary, "-cp", System.getProperty("java.class.path"), Holder.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** @return the folders of processes */
    private Set<String> left() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(temporary)) {
            files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("perk4j-process-"))
                    .forEach(names::add);
        }
        return names;
    }
}
