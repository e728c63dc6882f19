package org.perk4j.commands;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Lets a long piece of work end in order when the user presses Ctrl-C, or the system asks the process to end; asked a second
 * time it ends at once. This takes the signal itself: a shutdown hook would run beside those that clear away what the work
 * still needs.
 */
final class StopOnInterrupt implements BooleanSupplier, AutoCloseable {

    /** Of the process, as signals are. */
    private static volatile boolean processAsked;

    private final Map<String, SignalHandler> before = new TreeMap<>();
    private volatile boolean stop;

    StopOnInterrupt() {
        for (String name : List.of("INT", "TERM")) {
            before.put(name, Signal.handle(new Signal(name), this::handle));
        }
    }

    private void handle(Signal signal) {
        processAsked = true;
        stop = true;
        System.err.println("perk: stopping after this step; once more stops at once");
        Signal.handle(signal, before.get(signal.getName()));
    }

    /** @return whether this process was asked to end while some work went on, now or earlier */
    static boolean isProcessAskedToEnd() {
        return processAsked;
    }

    @Override
    public boolean getAsBoolean() {
        return stop;
    }

    @Override
    public void close() {
        before.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
    }
}
