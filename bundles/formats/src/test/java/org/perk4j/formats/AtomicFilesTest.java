package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {

    @TempDir
    private Path folder;

    @Test
    void aFileIsWrittenAndReplaced() throws IOException {
        Path target = folder.resolve("new/file.txt");
        AtomicFiles.writeString(target, "one");
        AtomicFiles.writeString(target, "two");
        assertEquals("two", Files.readString(target));
        assertEquals(List.of("file.txt"), content(target.getParent()));
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path target = Files.writeString(folder.resolve("file.txt"), "old");
        IOException full = new IOException("No space left on device");
        IOException failure = assertThrows(IOException.class, () -> AtomicFiles.write(target, stream -> {
            stream.write(new byte[100_000]);
            throw full;
        }));
        assertTrue(failure.getMessage().startsWith(target + ": could not be written: No space left on device"));
        assertThrows(IllegalStateException.class, () -> AtomicFiles.writeChannel(target, channel -> {
            throw new IllegalStateException();
        }));
        assertEquals("old", Files.readString(target));
        assertEquals(List.of("file.txt"), content(folder));
    }

    @Test
    void aFolderThatHoldsSomethingIsNotReplaced() throws IOException {
        Path target = Files.createDirectory(folder.resolve("memory"));
        AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("a"), "one"));
        assertThrows(FileAlreadyExistsException.class,
                () -> AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("b"), "two")));
        assertEquals(List.of("a"), content(target));
        assertEquals(List.of("memory"), content(folder));
    }

    /** A process of an earlier release, or its owner, may have given it that name. */
    @Test
    void whatOnlyLooksTemporaryStays() throws IOException {
        Path theirs = Files.createDirectory(folder.resolve(".memory.replaced"));
        Files.writeString(theirs.resolve("thesis.txt"), "years of work");
        Files.writeString(folder.resolve(".memory.tmp"), "theirs");
        AtomicFiles.writeFolder(folder.resolve("memory"), f -> Files.writeString(f.resolve("a"), "one"));
        AtomicFiles.deleteLeftovers(folder, name -> true);
        assertEquals(List.of(".memory.replaced", ".memory.tmp", "memory"), content(folder));
        assertEquals("years of work", Files.readString(theirs.resolve("thesis.txt")));
    }

    @Test
    void severalFilesAreWrittenBesideOthers() throws IOException {
        Files.writeString(folder.resolve("a"), "old");
        Files.writeString(folder.resolve("b"), "old");
        AtomicFiles.writeFiles(folder, f -> {
            Files.writeString(f.resolve("a"), "new");
            Files.writeString(f.resolve("c"), "new");
        });
        assertThrows(IOException.class, () -> AtomicFiles.writeFiles(folder, f -> {
            Files.writeString(f.resolve("a"), "newer");
            throw new IOException("No space left on device");
        }));
        assertEquals(List.of("a", "b", "c"), content(folder));
        assertEquals("new old new", Files.readString(folder.resolve("a")) + " " + Files.readString(folder.resolve("b")) + " "
                + Files.readString(folder.resolve("c")));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsNewIsItsOwnersAlone() throws IOException {
        AtomicFiles.writeString(folder.resolve("new/file"), "");
        AtomicFiles.writeFolder(folder.resolve("memory"), f -> AtomicFiles.writeString(f.resolve("file"), ""));
        AtomicFiles.writeFiles(folder.resolve("output"), f -> AtomicFiles.writeString(f.resolve("file"), ""));
        for (String name : List.of("new", "memory", "output")) {
            assertEquals("rwx------", permissions(folder.resolve(name)), name);
            assertEquals("rw-------", permissions(folder.resolve(name).resolve("file")), name);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatItsOwnerOpenedStaysOpen() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        AtomicFiles.writeString(file, "new");
        assertEquals("rw-r-----", permissions(file));
        AtomicFiles.writeFiles(folder, f -> AtomicFiles.writeString(f.resolve("file"), "newer"));
        assertEquals("rw-r-----", permissions(file));
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void aFailureLeavesNothingOfAFolder() throws IOException {
        assertThrows(IOException.class, () -> AtomicFiles.writeFolder(folder.resolve("memory"), f -> {
            Files.writeString(f.resolve("b"), "two");
            throw new IOException("No space left on device");
        }));
        assertEquals(List.of(), content(folder));
    }

    @Test
    void aFileIsNotReplacedByAFolder() throws IOException {
        Path target = Files.writeString(folder.resolve("memory"), "file");
        assertThrows(IOException.class, () -> AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("a"), "")));
        assertEquals("file", Files.readString(target));
        assertEquals(List.of("memory"), content(folder));
    }

    /** The shell's limit on the size of files stands for a full disk: the operating system cuts the write short. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void theOperatingSystemCutsAWriteShort() throws Exception {
        Path target = Files.writeString(folder.resolve("model.safetensors"), "old");
        Process process = new ProcessBuilder("sh", "-c", "ulimit -f 64; exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:-UsePerfData", "-Xshare:auto",
                "-cp", System.getProperty("java.class.path"), LargeFile.class.getName(), target.toString())
                .redirectErrorStream(true).start();
        String output;
        try (InputStream stream = process.getInputStream()) {
            output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertEquals(3, process.waitFor(), output);
        assertTrue(output.startsWith(target + ": could not be written: "), output);
        assertEquals("old", Files.readString(target));
        assertEquals(List.of("model.safetensors"), content(folder));
    }

    /** Writes a file larger than the test allows. */
    static final class LargeFile {

        private LargeFile() {
        }

        public static void main(String[] arguments) {
            try {
                Safetensors.write(Path.of(arguments[0]), Map.of(), List.of(
                        new SafetensorsEntry("a", new int[] {1 << 20}, () -> FloatBuffer.allocate(1 << 20))));
            } catch (IOException e) {
                System.out.print(e.getMessage());
                System.exit(3);
            }
        }
    }

    private static List<String> content(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
