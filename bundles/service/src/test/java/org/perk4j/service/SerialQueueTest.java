package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SerialQueueTest {

    /** Jobs that run until they are to stop. */
    private static final class Endless extends SerialQueue<Job> {

        final List<String> ran = new CopyOnWriteArrayList<>();
        final CountDownLatch running = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);

        Endless() {
            super("endless");
        }

        @Override
        void run(String id) {
            if (isClosed()) {
                return;
            }
            ran.add(id);
            running.countDown();
            while (!isToStop(find(id).orElseThrow())) {
                Thread.onSpinWait();
            }
            stopped.countDown();
        }

        @Override
        public Job cancel(Job job) {
            stop(job);
            return job;
        }

        @Override
        public Job resume(Job job, Deadline deadline) throws SQLException {
            throw new SQLException("none is resumed");
        }

        @Override
        public void forget(Job job) {
            remove(job);
        }

        @Override
        public void close() {
            assertTrue(closeInTime());
        }
    }

    /** While a service that is told to end completes its answers, jobs must not take the processor from them. */
    @Test
    @Timeout(60)
    void whatIsEndedStopsBeforeItIsClosedAndStartsNothing() throws InterruptedException {
        try (Endless queue = new Endless()) {
            queue.remember(job("first"));
            queue.remember(job("second"));
            queue.begin();
            queue.running.await();

            queue.end();

            assertTrue(queue.stopped.await(Duration.ofSeconds(50).toMillis(), TimeUnit.MILLISECONDS));
            queue.enqueue(queue.find("first").orElseThrow());
            queue.close();
            assertEquals(List.of("first"), queue.ran);
        }
    }

    private static Job job(String id) {
        return new Job(id, "memory of " + id, Job.State.QUEUED, "", false, false, false, 0, 0, List.of(), "", Instant.EPOCH);
    }
}
