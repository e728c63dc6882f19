package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * That something could not be written: the disk is full, a quota is used up, permission is missing. What was there before is
 * as it was, and it may be tried again.
 */
public final class NotWrittenException extends IOException {

    private static final long serialVersionUID = 1;

    private final String reason;

    /** @param target what was to be written */
    public NotWrittenException(Path target, IOException cause) {
        this(target + ": could not be written: " + reason(cause)
                + "; what was there before is unchanged: make room, check permissions, or choose another place",
                reason(cause), cause);
    }

    NotWrittenException(String message, String reason, IOException cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** @return what kept it from being written, such as {@code No space left on device} */
    public String reason() {
        return reason;
    }

    private static String reason(IOException e) {
        if (e instanceof NotWrittenException inner) {
            return inner.reason;
        }
        if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
            return "permission denied on " + denied.getFile();
        }
        if (e instanceof FileSystemException failed && failed.getReason() == null) {
            return failed.getClass().getSimpleName() + " on " + failed.getFile();
        }
        return e.getMessage();
    }
}
