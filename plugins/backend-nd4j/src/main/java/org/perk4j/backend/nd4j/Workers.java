package org.perk4j.backend.nd4j;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that help whoever calls {@link #run} with work cut into tasks. The caller takes part, so that work gets
 * done with no help at all, and several callers may call at once. Kernels and matrix products share these threads, and
 * there are as many as processors: nothing runs more threads than that.
 *
 * <p>Who runs which task is decided while running; what a task computes must not depend on it. Then results don't depend on
 * the number of threads.
 */
final class Workers implements AutoCloseable {

    /** How long an idle thread looks for work before it sleeps: a little more than the gap between two operations. */
    private static final long SPIN_NANOS = 30_000;

    /** Part of a piece of work. */
    @FunctionalInterface
    interface Range {

        /**
         * Does the work's items {@code from … to-1}.
         *
         * @param lane a number less than {@link #lanes()} that no other thread has during this work
         */
        void run(int from, int to, int lane);
    }

    private final Thread[] threads;
    private volatile Job latest;
    private volatile boolean closed;

    /** @param lanes how many threads work at once, the caller included */
    Workers(int lanes) {
        threads = new Thread[lanes - 1];
        for (int i = 0; i < threads.length; i++) {
            int lane = i + 1;
            threads[i] = new Thread(() -> work(lane), "perk4j-nd4j-" + lane);
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    /** @return how many threads work at once, the caller included */
    int lanes() {
        return threads.length + 1;
    }

    /** Does items 0 … count-1 in runs of {@code grain}; returns when all are done. */
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

    /** The newest job, or null after a sleep. Drops a finished job, so that it can be collected. */
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

        /** Checked before it is drawn, so that late looks at a finished job never overflow the counter. */
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
