package org.perk4j.backend.nd4j;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that share the work of a call to {@link #run}, cut into tasks. The caller takes part, so the work is done
 * even without help, and several callers may call at once. Kernels and matrix products share these threads, of which there
 * are as many as processors: no more threads ever compute.
 *
 * <p>Tasks are assigned dynamically, and the result of a task must not depend on its thread. So results don't depend on the
 * number of threads.
 */
final class Workers implements AutoCloseable {

    /** How long an idle thread looks for work before it sleeps: a little more than the gap between two operations. */
    private static final long SPIN_NANOS = 30_000;

    /** A range of a piece of work. */
    @FunctionalInterface
    interface Range {

        /**
         * Processes the items {@code from … to-1}.
         *
         * @param lane a number less than {@link #lanes()} that no other thread has during this work
         */
        void run(int from, int to, int lane);
    }

    private final Thread[] threads;
    private volatile Job latest;
    private volatile boolean closed;

    /** @param lanes the number of threads that work at once, including the caller */
    Workers(int lanes) {
        threads = new Thread[lanes - 1];
        for (int i = 0; i < threads.length; i++) {
            int lane = i + 1;
            threads[i] = new Thread(() -> work(lane), "perk4j-nd4j-" + lane);
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    /** @return the number of threads that work at once, including the caller */
    int lanes() {
        return threads.length + 1;
    }

    /** Processes items 0 … count-1 in ranges of {@code grain}; returns when all are done. */
    void run(int count, int grain, Range body) {
        if (count <= grain || threads.length == 0) {
            for (int from = 0; from < count; from += grain) {
                body.run(from, Math.min(count, from + grain), 0);
            }
            return;
        }
        Job job = new Job(count, grain, body);
        latest = job;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        job.take(0);
        job.await();
    }

    private void work(int lane) {
        Job last = null;
        while (!closed) {
            Job job = nextAfter(last);
            if (job != null) {
                job.take(lane);
                last = job;
            }
        }
    }

    /** Returns the newest job, or null after a sleep. Drops a finished job, so that it can be garbage-collected. */
    private Job nextAfter(Job last) {
        long start = System.nanoTime();
        do {
            Job job = latest;
            if (job != null && job != last) {
                return job;
            }
            Thread.onSpinWait();
        } while (System.nanoTime() - start < SPIN_NANOS);
        if (!closed) {
            LockSupport.park(this);
        }
        return null;
    }

    @Override
    public void close() {
        closed = true;
        latest = null;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    /** Work in progress. Tasks are taken in order by whoever is free. */
    private static final class Job {

        private final int count;
        private final int grain;
        private final int tasks;
        private final Range body;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile Throwable failure;

        Job(int count, int grain, Range body) {
            this.count = count;
            this.grain = grain;
            this.tasks = (int) (((long) count + grain - 1) / grain);
            this.body = body;
        }

        void take(int lane) {
            for (int task = next(); task < tasks; task = next()) {
                try {
                    int from = task * grain;
                    body.run(from, Math.min(count, from + grain), lane);
                } catch (Throwable t) {
                    failure = t;
                } finally {
                    done.incrementAndGet();
                }
            }
        }

        /** Checks before incrementing, so that repeated calls on a finished job never overflow the counter. */
        private int next() {
            return taken.get() >= tasks ? tasks : taken.getAndIncrement();
        }

        void await() {
            for (int spins = 0; done.get() < tasks; spins++) {
                if (spins < 10_000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            if (failure != null) {
                throw new IllegalStateException("a kernel failed: " + failure, failure);
            }
        }
    }
}
