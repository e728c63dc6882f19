package org.perk4j.runtime;

import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** The framework's own messages, among all others, in a line each: where in the program is for who debugs it. */
final class FrameworkLog extends Logger {

    @Override
    protected void doLog(int level, String message, Throwable failure) {
        // Asked for only now: to set logging up takes a fifth of the time that a short command does.
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
