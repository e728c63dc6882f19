package org.perk4j.runtime;

import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** Passes the framework's messages on to the log, in a line each; stack traces are for debugging. */
final class FrameworkLog extends Logger {

    @Override
    protected void doLog(int level, String message, Throwable failure) {
        // Created only now: initializing the log takes a fifth of the time of a short command.
        org.slf4j.Logger log = LoggerFactory.getLogger("org.apache.felix.framework");
        String line = failure == null ? message : message + ": " + failure;
        switch (level) {
            case LOG_ERROR -> log.error(line);
            case LOG_WARNING -> log.warn(line);
            case LOG_INFO -> log.info(line);
            default -> log.debug(line);
        }
        if (failure != null) {
            log.debug("Thrown here", failure);
        }
    }
}
