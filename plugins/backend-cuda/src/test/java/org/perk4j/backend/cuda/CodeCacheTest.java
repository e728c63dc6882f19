package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machine code is made once, whoever asks, and never wrong; where it can't be kept it is made each time. */
class CodeCacheTest {

    @TempDir
    private Path root;
    private Path folder;
    private int compilations;
    private final List<String> problems = new ArrayList<>();

    @BeforeEach
    void name() {
        folder = root.resolve("perk4j").resolve("kernels");
    }

    /** By a cache of its own, as another process has one. */
    private byte[] ask(String input) {
        return ask(new CodeCache(folder, 1 << 20, problems::add), input);
    }

    private byte[] ask(CodeCache cache, String input) {
        byte[] code = cache.code(input, () -> {
            compilations++;
            return made(input);
        });
        assertArrayEquals(made(input), code);
        return code;
    }

    private static byte[] made(String input) {
        return ("code of " + input).repeat(1000).getBytes(StandardCharsets.UTF_8);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void whatWasMadeIsTakenFromThenOn() throws IOException {
        ask("a");
        ask("a");
        ask("b");
        ask("a");
        assertEquals(2, files().size());
    }

    @Test
    void nobodyElseMayReadIt() throws IOException {
        ask("a");
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(files().get(0))));
    }

    /** Each byte counts: those of the digest, of the code, and how many they are. */
    @Test
    void whatIsDamagedIsMadeAgain() throws IOException {
        ask("a");
        Path entry = files().get(0);
        byte[] right = Files.readAllBytes(entry);
        List<byte[]> damaged = new ArrayList<>(List.of(new byte[0], new byte[32], Arrays.copyOf(right, 31),
                Arrays.copyOf(right, right.length - 1), Arrays.copyOf(right, right.length + 1)));
        for (int at : new int[] {0, 31, 32, right.length - 1}) {
            byte[] changed = right.clone();
            changed[at] ^= 1;
            damaged.add(changed);
        }
        for (byte[] bytes : damaged) {
            Files.write(entry, bytes);
            int before = compilations;
            ask("a");
            ask("a");
            assertEquals(before + 1, compilations);
            assertArrayEquals(right, Files.readAllBytes(entry));
        }
    }

    @Test
    void anEntryUnderAnothersNameIsNotTaken() throws IOException {
        ask("a");
        Path a = files().get(0);
        byte[] ofA = Files.readAllBytes(a);
        Files.delete(a);
        ask("b");
        Files.write(files().get(0), ofA);
        ask("b");
        assertEquals(3, compilations);
    }

    /** A file is in its way, which stops root as well, as whom containers run tests. */
    @Test
    void aPlaceThatCantBeWrittenCostsOnlyTime() throws IOException {
        Files.createFile(root.resolve("perk4j"));
        CodeCache cache = new CodeCache(folder, 1 << 20, problems::add);
        ask(cache, "a");
        ask(cache, "a");
        assertEquals(2, compilations);
        assertSaidOnce();
    }

    private void assertSaidOnce() {
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(problems.get(0).contains(folder.toString()), problems.get(0));
    }

    /** No write succeeds there, as on a full disk, but the folder can be read. */
    @Test
    void whatCantBeReplacedCostsOnlyTime() throws IOException {
        ask("a");
        Path entry = files().get(0);
        Files.delete(entry);
        Files.createDirectories(entry.resolve("not empty"));
        CodeCache cache = new CodeCache(folder, 1 << 20, problems::add);
        ask(cache, "a");
        ask(cache, "a");
        assertEquals(3, compilations);
        assertSaidOnce();
        assertEquals(List.of(entry), files(), "nothing unfinished is left");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwx---", "rwx---rwx"})
    void aFolderThatOthersWriteToIsNotTrusted(String permissions) throws IOException {
        ask("a");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
        ask("a");
        assertEquals(2, compilations);
        assertSaidOnce();
    }

    @Test
    void whatKilledProcessesLeftGoes() throws IOException {
        ask("a");
        Path old = Files.createFile(folder.resolve("unfinished-1"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        Path others = Files.createFile(folder.resolve("unfinished-2"));
        ask("b");
        assertTrue(Files.notExists(old));
        assertTrue(Files.exists(others), "its process may be writing");
    }

    /** Room for two entries: the one that was used longest ago goes, not the one that was made first. */
    @Test
    void whatWasUsedLongestAgoGoesWhenThereIsTooMuch() throws IOException {
        long entry = 32 + made("a").length;
        for (String input : List.of("a", "b")) {
            ask(new CodeCache(folder, 2 * entry, problems::add), input);
        }
        for (Path file : files()) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        }
        for (String input : List.of("a", "c")) {
            ask(new CodeCache(folder, 2 * entry, problems::add), input);
        }
        assertEquals(2, files().size());
        assertEquals(3, compilations);
        ask("a");
        ask("c");
        assertEquals(3, compilations, "both are still there");
        ask("b");
        assertEquals(4, compilations);
    }

    @Test
    void itsPlaceIsByTheRulesOfXdg() {
        Path home = Path.of("/h/.cache/perk4j/kernels");
        assertEquals(Path.of("/c/perk4j/kernels"), CodeCache.folder(Map.of("XDG_CACHE_HOME", "/c", "HOME", "/h"), "/u"));
        assertEquals(home, CodeCache.folder(Map.of("XDG_CACHE_HOME", "", "HOME", "/h"), "/u"));
        assertEquals(home, CodeCache.folder(Map.of("XDG_CACHE_HOME", "relative", "HOME", "/h"), "/u"));
        assertEquals(home, CodeCache.folder(Map.of(), "/h"));
    }

    /** As Java calls the home of a user that the system doesn't know. */
    @Test
    void withoutAHomeNothingIsWritten() {
        folder = CodeCache.folder(Map.of(), "?");
        ask("a");
        ask("a");
        assertEquals(2, compilations);
        assertTrue(Files.notExists(Path.of("?")));
    }

    /** Several processes that ask for the same at once all get what is right; the next one has nothing to make. */
    @Test
    void processesShareIt() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                    Asker.class.getName(), folder.toString()).inheritIO().start());
        }
        for (Process process : processes) {
            assertEquals(0, process.waitFor());
        }
        assertEquals(Asker.INPUTS, files().size());
        for (int i = 0; i < Asker.INPUTS; i++) {
            ask("input " + i);
        }
        assertEquals(0, compilations);
    }

    /** The main class of one of several processes. */
    static final class Asker {

        static final int INPUTS = 50;

        private Asker() {
        }

        public static void main(String[] arguments) {
            CodeCacheTest test = new CodeCacheTest();
            test.folder = Path.of(arguments[0]);
            for (int i = 0; i < INPUTS; i++) {
                test.ask("input " + i);
            }
        }
    }
}
