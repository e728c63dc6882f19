package org.perk4j.commands;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
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
    private final CountDownLatch asked = new CountDownLatch(1);
    private final String says;

    StopOnInterrupt() {
        this("stopping after this step");
    }

    /** @param says what the user is told then */
    StopOnInterrupt(String says) {
        this.says = says;
        for (String name : List.of("INT", "TERM")) {
            before.put(name, Signal.handle(new Signal(name), this::handle));
        }
    }

    private void handle(Signal signal) {
        processAsked = true;
        asked.countDown();
        System.err.println("perk: " + says + "; once more stops at once");
        Signal.handle(signal, before.get(signal.getName()));
    }

    /** @return whether this process was asked to end while some work went on, now or earlier */
    static boolean isProcessAskedToEnd() {
        return processAsked;
    }

    @Override
    public boolean getAsBoolean() {
        return asked.getCount() == 0;
    }

    /** Waits until that happens. */
    void await() throws InterruptedException {
        asked.await();
    }

    @Override
    public void close() {
        before.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
    }
}
