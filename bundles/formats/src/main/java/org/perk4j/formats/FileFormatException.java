package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;

/** A file's content is invalid. The message has one line per problem: file, place, what is wrong, remedy. */
public final class FileFormatException extends IOException {

    private static final long serialVersionUID = 1;

    /** @param message one line per problem, each beginning with the file */
    public FileFormatException(String message) {
        super(message);
    }

    /** @param problem the place in the file, what is wrong there, and what to do about it */
    public FileFormatException(Path file, String problem) {
        super(Printable.line(file.toString()) + ": " + problem);
    }
}
