package org.perk4j.commands;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/** Lets a long piece of work end in order when the user presses Ctrl-C: the process waits until it has saved. */
final class StopOnInterrupt implements BooleanSupplier, AutoCloseable {

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stopAndWait, "stop on interrupt");
    private volatile boolean stop;

    StopOnInterrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stopAndWait() {
        stop = true;
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return stop;
    }

    @Override
    public void close() {
        ended.countDown();
        if (!stop) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
