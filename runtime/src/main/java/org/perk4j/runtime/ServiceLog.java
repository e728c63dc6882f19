package org.perk4j.runtime;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerConsumer;
import org.slf4j.event.Level;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/**
 * What services of the platform, such as Declarative Services, log, among all other messages, in a line each: where in the
 * program something was thrown is for who debugs it. Without this they would print it.
 */
final class ServiceLog implements LogService {

    private static final Map<Integer, Level> LEVELS = Map.of(LOG_ERROR, Level.ERROR, LOG_WARNING, Level.WARN, LOG_INFO,
            Level.INFO);

    @Override
    public Logger getLogger(String name) {
        return logger(name, Logger.class);
    }

    @Override
    public Logger getLogger(Class<?> from) {
        return logger(from.getName(), Logger.class);
    }

    @Override
    public <L extends Logger> L getLogger(String name, Class<L> type) {
        return logger(name, type);
    }

    @Override
    public <L extends Logger> L getLogger(Class<?> from, Class<L> type) {
        return logger(from.getName(), type);
    }

    @Override
    public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> type) {
        return logger(bundle.getSymbolicName(), type);
    }

    /** The interface has a method for each level and number of arguments, and for whether a level is logged at all. */
    private static <L extends Logger> L logger(String name, Class<L> type) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getDeclaringClass() == Object.class) {
                return method.invoke(name, arguments);
            }
            String called = method.getName();
            if (called.equals("getName")) {
                return name;
            }
            boolean question = called.startsWith("is") && called.endsWith("Enabled");
            Level level = level(question ? called.substring(2, called.length() - "Enabled".length()) : called);
            org.slf4j.Logger log = org.slf4j.LoggerFactory.getLogger(name);
            if (question) {
                return log.isEnabledForLevel(level);
            }
            if (log.isEnabledForLevel(level) && arguments[0] instanceof LoggerConsumer<?> consumer) {
                consumer.accept((Logger) proxy);
            } else if (log.isEnabledForLevel(level)) {
                log(log, level, String.valueOf(arguments[0]),
                        arguments.length == 2 && arguments[1] instanceof Object[] several
                        ? several : Arrays.copyOfRange(arguments, 1, arguments.length));
            }
            return null;
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Level level(String name) {
        return name.equalsIgnoreCase("audit") ? Level.INFO : Level.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static void log(org.slf4j.Logger log, Level level, String format, Object... values) {
        FormattingTuple message = MessageFormatter.arrayFormat(format, values);
        Throwable thrown = message.getThrowable() instanceof InvocationTargetException wrapper ? wrapper.getCause()
                : message.getThrowable();
        log.atLevel(level).log("{}", thrown == null ? message.getMessage() : message.getMessage() + ": " + thrown);
        if (thrown != null) {
            log.debug("Thrown here", thrown);
        }
    }

    @Override
    @Deprecated
    public void log(int level, String message) {
        log(null, level, message, null);
    }

    @Override
    @Deprecated
    public void log(int level, String message, Throwable thrown) {
        log(null, level, message, thrown);
    }

    @Override
    @Deprecated
    public void log(ServiceReference<?> from, int level, String message) {
        log(from, level, message, null);
    }

    @Override
    @Deprecated
    public void log(ServiceReference<?> from, int level, String message, Throwable thrown) {
        Bundle bundle = from == null ? null : from.getBundle();
        log(org.slf4j.LoggerFactory.getLogger(bundle == null ? "org.osgi.service.log" : bundle.getSymbolicName()),
                LEVELS.getOrDefault(level, Level.DEBUG), "{}", message, thrown);
    }
}
