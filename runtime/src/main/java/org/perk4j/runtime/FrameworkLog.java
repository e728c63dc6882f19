package org.perk4j.runtime;

import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** The framework's own messages, among all others. By default it prints them. */
final class FrameworkLog extends Logger {

    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("org.apache.felix.framework");

    @Override
    protected void doLog(int level, String message, Throwable failure) {
        switch (level) {
            case LOG_ERROR -> LOG.error(message, failure);
            case LOG_WARNING -> LOG.warn(message, failure);
            case LOG_INFO -> LOG.info(message, failure);
            default -> LOG.debug(message, failure);
        }
    }
}
