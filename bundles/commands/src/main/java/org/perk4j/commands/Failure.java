package org.perk4j.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.perk4j.formats.Printable;
import org.perk4j.meta.NotFiniteException;

/**
 * What a user is told of what was thrown.
 *
 * @param exitCode one of {@link Command}'s
 * @param message  a line for each problem, which names it and the remedy
 */
record Failure(int exitCode, String message) {

    static Failure of(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return new Failure(Command.OUT_OF_MEMORY, outOfMemory(String.valueOf(cause.getMessage())));
            }
            if (cause instanceof NotFiniteException) {
                return new Failure(Command.NOT_FINITE, cause.getMessage());
            }
        }
        return new Failure(Command.FAILURE, message(thrown));
    }

    private static String outOfMemory(String message) {
        if (message.contains("native thread")) {
            return "no further thread can be started: the system allows too few processes (ulimit -u, or a container's "
                    + "limit) or too little memory (ulimit -v)";
        }
        return "out of memory (" + message + "): " + (message.contains("tensors")
                ? "read less at once, as with a smaller microBatchTokens, or use a machine that has more"
                : "a heap of 4 GiB instead of 1 is PERK_JAVA_OPTS=-Xmx4g in the environment");
    }

    private static String message(Throwable thrown) {
        if (thrown instanceof FileSystemException file) {
            return message(file);
        }
        if (thrown instanceof UncheckedIOException wrapped && wrapped.getCause().toString().equals(wrapped.getMessage())) {
            return message(wrapped.getCause());
        }
        boolean expected = thrown instanceof IOException || thrown instanceof UncheckedIOException
                || thrown instanceof IllegalArgumentException || thrown instanceof IllegalStateException;
        return expected && thrown.getMessage() != null ? thrown.getMessage() : "unexpected " + thrown
                + (thrown.getCause() == null ? "" : ", caused by " + thrown.getCause())
                + ": run 'perk --stacktrace …' and report what it prints";
    }

    /** Our own exceptions name the remedy as well; the system's mostly don't. */
    private static String message(FileSystemException failure) {
        String file = Printable.line(String.valueOf(failure.getFile()));
        if (failure.getReason() != null) {
            return file + ": " + failure.getReason();
        }
        if (failure instanceof NoSuchFileException) {
            return file + ": there is no such file: check the name";
        }
        if (failure instanceof AccessDeniedException) {
            return file + ": permission denied: check who may use it";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return file + ": exists already: choose another name, or move away what is there";
        }
        if (failure instanceof NotDirectoryException) {
            return file + ": is not a folder: name one";
        }
        return file + ": " + failure.getClass().getSimpleName();
    }
}
