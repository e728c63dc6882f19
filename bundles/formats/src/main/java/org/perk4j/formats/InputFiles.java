package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is asked of every file before it is read. */
final class InputFiles {

    private InputFiles() {
    }

    /** @throws IOException in words that a user understands, unless {@code file} is a file that can be read */
    static void require(Path file) throws IOException {
        if (Files.notExists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file: check the name");
        }
        if (!Files.isRegularFile(file)) {
            throw new FileFormatException(file, "not a file: name a file here");
        }
        if (!Files.isReadable(file)) {
            throw new AccessDeniedException(file.toString(), null, "this file may not be read: check its permissions");
        }
    }
}
