package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void aFolderIsWrittenAndReplaced() throws IOException {
        Path target = folder.resolve("memory");
        AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("a"), "one"));
        AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("b"), "two"));
        assertEquals(List.of("b"), content(target));
        assertEquals(List.of("memory"), content(folder));
    }

    @Test
    void aFailureLeavesTheOldFolderAndNothingElse() throws IOException {
        Path target = folder.resolve("memory");
        AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("a"), "one"));
        assertThrows(IOException.class, () -> AtomicFiles.writeFolder(target, f -> {
            Files.writeString(f.resolve("b"), "two");
            throw new IOException("No space left on device");
        }));
        assertEquals(List.of("a"), content(target));
        assertEquals(List.of("memory"), content(folder));
    }

    @Test
    void aFileIsNotReplacedByAFolder() throws IOException {
        Path target = Files.writeString(folder.resolve("memory"), "file");
        assertThrows(IOException.class, () -> AtomicFiles.writeFolder(target, f -> Files.writeString(f.resolve("a"), "")));
        assertEquals("file", Files.readString(target));
        assertEquals(List.of("memory"), content(folder));
    }

    @Test
    void aFolderThatACrashLeftAsideComesBack() throws IOException {
        Path target = folder.resolve("memory");
        Path aside = Files.createDirectory(folder.resolve(".memory.replaced"));
        Files.writeString(aside.resolve("a"), "one");
        AtomicFiles.recoverFolder(target);
        assertEquals(List.of("a"), content(target));

        Files.createDirectory(aside);
        AtomicFiles.recoverFolder(target);
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
