package org.perk4j.runtime;

import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** The framework's own messages, among all others. By default it prints them. */
final class FrameworkLog extends Logger {

    @Override
    protected void doLog(int level, String message, Throwable failure) {
        // Asked for only now: to set logging up takes a fifth of the time that a short command does.
        org.slf4j.Logger log = LoggerFactory.getLogger("org.apache.felix.framework");
        switch (level) {
            case LOG_ERROR -> log.error(message, failure);
            case LOG_WARNING -> log.warn(message, failure);
            case LOG_INFO -> log.info(message, failure);
            default -> log.debug(message, failure);
        }
    }
}
