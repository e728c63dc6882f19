package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Fingerprint;

class FingerprintCacheTest {

    @TempDir
    private Path folder;

    private Path file;
    private int read;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("weights"), "one");
    }

    private String ask(FingerprintCache cache) throws IOException {
        return cache.of(List.of(file), () -> {
            read++;
            return Fingerprint.of(file);
        });
    }

    /** @return a cache of a process that runs in an hour, when the test's files are old */
    private FingerprintCache later() {
        return new FingerprintCache(folder.resolve("cache/of the user"),
                Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
    }

    @Test
    void anUnchangedFileIsReadOnce() throws IOException {
        for (int i = 0; i < 3; i++) {
            assertEquals(Fingerprint.of(file), ask(later()));
        }
        assertEquals(1, read);
    }

    @Test
    void aChangeIsNoticedThoughSizeAndTimeAreAsBefore() throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        ask(later());
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, before);
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(2, read);
    }

    @Test
    void nothingIsKeptOfAFileThatHasJustChanged() throws IOException {
        FingerprintCache now = new FingerprintCache(folder.resolve("cache"), Clock.systemUTC());
        ask(now);
        ask(now);
        assertEquals(2, read);
        assertTrue(Files.notExists(folder.resolve("cache")));
    }

    @Test
    void nothingIsKeptOfAFileThatChangesMeanwhile() throws IOException {
        later().of(List.of(file), () -> {
            String fingerprint = Fingerprint.of(file);
            Files.writeString(file, "three");
            return fingerprint;
        });
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(1, read);
    }

    @Test
    void aDamagedEntryIsMadeAnew() throws IOException {
        ask(later());
        try (Stream<Path> entries = Files.list(folder.resolve("cache/of the user"))) {
            Files.writeString(entries.findAny().orElseThrow(), "half");
        }
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(2, read);
    }

    @Test
    void theOldestEntriesGo() throws IOException {
        ask(later());
        Path entries = folder.resolve("cache/of the user");
        Path first;
        try (Stream<Path> files = Files.list(entries)) {
            first = files.findAny().orElseThrow();
        }
        Files.setLastModifiedTime(first, FileTime.fromMillis(0));
        for (int i = 0; i < 255; i++) {
            Files.writeString(entries.resolve(String.format("%064x", i)), Fingerprint.of(file));
        }
        Path stranger = Files.writeString(entries.resolve("notes"), "not ours");
        Files.writeString(file, "another");
        ask(later());
        assertTrue(Files.notExists(first) && Files.exists(stranger));
        try (Stream<Path> files = Files.list(entries)) {
            assertEquals(256 + 1, files.count());
        }
    }

    @Test
    void aFolderThatCantBeMadeCostsTheReadingOnly() throws IOException {
        Files.writeString(folder.resolve("cache"), "a file");
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(Fingerprint.of(file), ask(later()));
        assertEquals(2, read);
    }
}
