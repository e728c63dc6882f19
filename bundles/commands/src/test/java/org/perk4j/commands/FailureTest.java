package org.perk4j.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.meta.NotFiniteException;

class FailureTest {

    @Test
    void aReasonIsNotDropped() {
        for (FileSystemException failure : List.of(new NoSuchFileException("base", null, "why: so"),
                new AccessDeniedException("base", null, "why: so"), new FileAlreadyExistsException("base", null, "why: so"),
                new FileSystemException("base", null, "why: so"))) {
            assertEquals("base: why: so", message(failure));
            assertEquals("base: why: so", message(new UncheckedIOException(failure)));
        }
    }

    @Test
    void withoutAReasonTheKindOfFailureIsOne() {
        assertEquals("x: there is no such file: check the name", message(new NoSuchFileException("x")));
        assertTrue(message(new AccessDeniedException("x")).startsWith("x: permission denied"));
        assertTrue(message(new FileAlreadyExistsException("x")).startsWith("x: exists already"));
        assertTrue(message(new NotDirectoryException("x")).startsWith("x: is not a folder"));
        assertEquals("x: DirectoryNotEmptyException", message(new DirectoryNotEmptyException("x")));
    }

    @Test
    void whatTheSystemSaysIsLedByTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try {
            Files.readString(file.resolve("within"));
        } catch (IOException e) {
            assertEquals(file.resolve("within") + ": Not a directory", message(e));
        }
    }

    @Test
    void anErrorIsToldInALineToo() {
        assertEquals("unexpected java.lang.NoSuchMethodError: Ops.add: run 'perk --stacktrace …' and report what it prints",
                message(new NoSuchMethodError("Ops.add")));
        assertTrue(message(new StackOverflowError()).startsWith("unexpected java.lang.StackOverflowError: run "));
        String message = message(new ExceptionInInitializerError(new IllegalStateException("no such library")));
        assertTrue(message.contains("ExceptionInInitializerError") && message.contains("no such library"), message);
        assertEquals(Command.FAILURE, Failure.of(new NoSuchMethodError("Ops.add")).exitCode());
    }

    @Test
    void someFailuresHaveAnExitCodeOfTheirOwn() {
        assertEquals(Command.FAILURE, Failure.of(new IOException("disk")).exitCode());
        assertEquals(new Failure(Command.NOT_FINITE, "the loss of step 3 is NaN"),
                Failure.of(new NotFiniteException("the loss of step 3 is NaN")));
        Failure heap = Failure.of(new OutOfMemoryError("Java heap space"));
        assertEquals(Command.OUT_OF_MEMORY, heap.exitCode());
        assertTrue(heap.message().startsWith("out of memory (Java heap space): ") && heap.message().contains("-Xmx4g"));
        Failure wrapped = Failure.of(new CompletionException(new OutOfMemoryError("no memory for tensors")));
        assertEquals(Command.OUT_OF_MEMORY, wrapped.exitCode());
        assertTrue(wrapped.message().contains("microBatchTokens"), wrapped.message());
    }

    private static String message(Throwable thrown) {
        return Failure.of(thrown).message();
    }
}
