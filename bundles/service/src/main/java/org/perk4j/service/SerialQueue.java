package org.perk4j.service;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue whose jobs run one after the other, in a background thread, and what is known of each. Thread-safe.
 *
 * @param <J> what is known of a job; immutable
 */
abstract class SerialQueue<J extends AnyJob> implements JobQueue<J>, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SerialQueue.class);

    private static final int ENDING_SECONDS = 20;
    private static final int RETRY_MILLIS = 1_000;

    private final ExecutorService thread;
    private final Map<String, J> jobs = new LinkedHashMap<>();
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param name the thread's name */
    SerialQueue(String name) {
        this.thread = new Background(name);
    }

    /** Runs a job to its end, unless it was cancelled or forgotten before its turn, or this queue is closed. */
    abstract void run(String id);

    /** Adds a job to the end of the queue. What is logged while it runs names the request that this is called in. */
    final void enqueue(J job) {
        thread.execute(() -> run(job.id()));
    }

    /** Adds all jobs that have not ended. */
    final void begin() {
        all().stream().filter(job -> !job.ended()).forEach(this::enqueue);
    }

    /** @return what was known of the job until now; null if it is new */
    final synchronized J remember(J job) {
        return jobs.put(job.id(), job);
    }

    /** Remembers how a job has ended, and logs it. */
    final void rememberEnd(J job) {
        remember(job);
        LOG.info("The job {} is {}{}", job.id(), job.state(), job.error().isEmpty() ? "" : ": " + job.error());
    }

    final synchronized void remove(J job) {
        jobs.remove(job.id());
    }

    @Override
    public final synchronized Optional<J> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public final synchronized List<J> all() {
        return List.copyOf(jobs.values());
    }

    /** Requests that a job that runs ends. */
    final void stop(J job) {
        cancelled.add(job.id());
    }

    /** Withdraws that request. To be called once a job has ended, so that it can be resumed. */
    final void stopped(J job) {
        cancelled.remove(job.id());
    }

    /** @return whether a job must end as soon as it can */
    final boolean isToStop(J job) {
        return closed || cancelled.contains(job.id());
    }

    /** @return whether no job may start, and the one that runs must end */
    final boolean isClosed() {
        return closed;
    }

    static void requireResumable(AnyJob job) throws ApiException {
        if (job.state() != Job.State.FAILED && job.state() != Job.State.CANCELLED) {
            throw ApiException.conflict("the job " + job.id() + " is " + job.state()
                    + "; only jobs that have failed or were cancelled can be resumed");
        }
    }

    /** Waits before the job that runs tries again. */
    static void pause() throws InterruptedException {
        Thread.sleep(RETRY_MILLIS);
    }

    /** Starts no more jobs, and requests that the one that runs ends. What is still added waits for the next process. */
    final void end() {
        closed = true;
    }

    /** Starts no more jobs, and waits for the one that runs. @return whether that has ended in time */
    final boolean closeInTime() {
        end();
        thread.shutdown();
        try {
            return thread.awaitTermination(ENDING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true; // nobody waits any more
        }
    }
}
