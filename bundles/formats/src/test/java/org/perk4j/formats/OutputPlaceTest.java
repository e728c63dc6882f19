package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class OutputPlaceTest {

    @TempDir
    private Path folder;

    @Test
    void whatNothingCameOfLeavesNothing() throws IOException {
        for (OutputPlace place : new OutputPlace[] {OutputPlace.ofFile(folder.resolve("a/b/report.html")),
            OutputPlace.ofFolder(folder.resolve("c/d/memory")), OutputPlace.within(folder.resolve("e/f"))}) {
            place.close();
        }
        assertArrayEquals(new String[0], folder.toFile().list());
    }

    @Test
    void whatWasWrittenStays() throws IOException {
        Path report = folder.resolve("a/b/report.html");
        try (OutputPlace place = OutputPlace.ofFile(report)) {
            AtomicFiles.writeString(report, "page");
        }
        assertEquals("page", Files.readString(report));
    }

    @Test
    void whatWasThereStays() throws IOException {
        Path there = Files.writeString(folder.resolve("there"), "as it was");
        OutputPlace.ofFile(there).close();
        OutputPlace.within(folder).close();
        assertEquals("as it was", Files.readString(there));
        assertArrayEquals(new String[] {"there"}, folder.toFile().list());
    }

    /** Of {@link AtomicFiles}, with the names that it gives. */
    @Test
    void whatAKilledProcessLeftGoes() throws IOException {
        Path memory = folder.resolve("memory");
        Path half = Files.createDirectory(AtomicFiles.temporary(memory));
        Files.writeString(half.resolve("a"), "half");
        Path other = Files.createFile(AtomicFiles.temporary(folder.resolve("memory.other"))); // someone may be writing it
        OutputPlace.ofFolder(memory).close();
        assertArrayEquals(new String[] {other.getFileName().toString()}, folder.toFile().list());
        Path result = Files.createDirectory(AtomicFiles.temporary(folder.resolve(AtomicFiles.RESULT)));
        OutputPlace.within(folder).close();
        assertFalse(Files.exists(result));
        assertTrue(Files.exists(other));
    }

    @Test
    void aFileIsNoFolder() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        fails("there is a file of this name", () -> OutputPlace.ofFolder(file));
        fails("there is a folder of this name", () -> OutputPlace.ofFile(folder));
        fails(file + " is not a folder", () -> OutputPlace.within(file));
        fails(file + " is not a folder", () -> OutputPlace.ofFile(file.resolve("report.html")));
        fails("can't be written", () -> OutputPlace.ofFile(file.resolve("a/b/report.html")));
        fails("it is the root folder", () -> OutputPlace.ofFolder(Path.of("/")));
    }

    /** Longer than the file system takes, where {@link AtomicFiles} begins with a longer one still. */
    @Test
    void aNameThatIsTooLongIsRefused() {
        fails("File name too long", () -> OutputPlace.ofFile(folder.resolve("n".repeat(230))));
        fails("File name too long", () -> OutputPlace.ofFolder(folder.resolve("ü".repeat(120))));
        fails("File name too long", () -> OutputPlace.within(folder.resolve("a/" + "n".repeat(300))));
        assertArrayEquals(new String[0], folder.toFile().list());
    }

    private static void fails(String reason, Executable reservation) {
        String message = assertThrows(IOException.class, reservation).getMessage();
        assertTrue(message.contains("can't be written: ") && message.contains(reason), message);
    }
}
