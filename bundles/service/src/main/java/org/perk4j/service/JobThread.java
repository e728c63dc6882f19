package org.perk4j.service;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The thread in the background that does a queue's jobs, one after the other. Thread-safe. */
final class JobThread {

    private static final int ENDING_SECONDS = 20;
    private static final int RETRY_MILLIS = 1_000;

    private final ExecutorService thread;
    private volatile boolean closed;

    /** @param name what the thread is called */
    JobThread(String name) {
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Runs a job as soon as those that came before have ended. */
    void execute(Runnable job) {
        thread.execute(job);
    }

    /** @return whether the job that runs is to end, and none is to begin */
    boolean isClosed() {
        return closed;
    }

    /** Lets the job that runs wait until it may try again. */
    static void pause() throws InterruptedException {
        Thread.sleep(RETRY_MILLIS);
    }

    /** @return whether the job that ran has ended in time */
    boolean close() {
        closed = true;
        thread.shutdown();
        try {
            return thread.awaitTermination(ENDING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true; // nobody waits any more
        }
    }
}
