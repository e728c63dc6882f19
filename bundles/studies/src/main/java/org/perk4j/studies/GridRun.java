package org.perk4j.studies;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Computes groups of cells, several at once; after a failure, or if asked to stop, none begins any more. */
final class GridRun {

    private final Computing computing;
    private final BooleanSupplier stop;
    private volatile boolean failed;

    /** Computes a group of cells, which have one adapter in common. */
    interface Computing {

        /** @param stop whether to leave off, so that it can be continued */
        void compute(List<Cell> group, BooleanSupplier stop) throws IOException;
    }

    GridRun(Computing computing, BooleanSupplier stop) {
        this.computing = computing;
        this.stop = stop;
    }

    /**
     * @param atOnce the number of groups to compute at once; 0 for half as many as there are processors, each of which such
     *               a group uses most of the time, if the machine has memory for so many like the first
     * @throws IOException as the first that failed
     */
    void run(List<List<Cell>> groups, int atOnce) throws IOException {
        Queue<List<Cell>> left = new ConcurrentLinkedQueue<>(groups);
        int most = atOnce > 0 ? atOnce : Runtime.getRuntime().availableProcessors() / 2;
        if (atOnce == 0 && most > 1 && left.size() > 2) {
            try (FreeMemory memory = new FreeMemory()) {
                work(left, 1);
                most = Math.min(most, memory.room());
            }
        }
        int threads = Math.min(most, left.size());
        if (threads <= 1) {
            work(left, left.size());
        } else {
            work(left, threads, left.size());
        }
    }

    /** Works in threads of its own, and waits for all of them. */
    private void work(Queue<List<Cell>> left, int threads, int most) throws IOException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            running.add(pool.submit(() -> {
                work(left, most);
                return null;
            }));
        }
        pool.shutdown();
        Throwable first = null;
        for (Future<?> each : running) {
            try {
                each.get();
            } catch (ExecutionException e) {
                first = first == null ? e.getCause() : first;
            } catch (InterruptedException e) {
                failed = true;
                Thread.currentThread().interrupt();
                throw new IOException("was interrupted", e);
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (first != null) {
            throw (IOException) first;
        }
    }

    private void work(Queue<List<Cell>> left, int most) throws IOException {
        boolean done = false;
        try {
            for (int i = 0; i < most && !isToStop() && !left.isEmpty(); i++) {
                List<Cell> group = left.poll();
                if (group != null) {
                    computing.compute(group, this::isToStop);
                }
            }
            done = true;
        } finally {
            if (!done) {
                failed = true;
            }
        }
    }

    private boolean isToStop() {
        return failed || stop.getAsBoolean();
    }
}
