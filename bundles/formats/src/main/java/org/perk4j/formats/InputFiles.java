package org.perk4j.formats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Checks that apply to every input file, whatever it holds. The readers of this package make them; whoever opens a file by
 * other means calls {@link #require} first. It refuses pipes in particular, since opening one blocks until somebody writes
 * into it.
 */
public final class InputFiles {

    private InputFiles() {
    }

    /**
     * @return {@code file}
     * @throws IOException naming the file and the remedy, unless it is a regular file, or a link to one, that can be read
     */
    public static Path require(Path file) throws IOException {
        BasicFileAttributes attributes = attributes(file);
        if (attributes.isDirectory()) {
            throw new FileFormatException(file, "not a file, but a folder: name a file");
        }
        if (!attributes.isRegularFile()) {
            throw new FileFormatException(file,
                    "not a file, but a pipe or a device: save its content in a file, and name that file");
        }
        if (!Files.isReadable(file) && Files.exists(file)) {
            throw denied(file);
        }
        return file;
    }

    /**
     * @return a file's content
     * @throws IOException as {@link #require} does, or if it can't be read
     */
    public static byte[] read(Path file) throws IOException {
        return Files.readAllBytes(require(file));
    }

    /**
     * Copies what a file holds, piece by piece.
     *
     * @throws IOException as {@link #require} does, if it can't be read, or if {@code target} can't be written
     */
    public static void copy(Path file, OutputStream target) throws IOException {
        Files.copy(require(file), target);
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file: check the name");
        } catch (AccessDeniedException e) {
            throw denied(file);
        }
    }

    private static AccessDeniedException denied(Path file) {
        return new AccessDeniedException(file.toString(), null, "this file may not be read: check its permissions");
    }
}
