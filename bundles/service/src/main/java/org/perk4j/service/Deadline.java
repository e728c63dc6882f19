package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The time by which a request must be answered. Thread-safe. */
final class Deadline {

    /** The request's attribute with its deadline. */
    private static final String ATTRIBUTE = Deadline.class.getName();

    private final Duration time;
    private final long end;

    private Deadline(Duration time) {
        this.time = time;
        this.end = System.nanoTime() + time.toNanos();
    }

    /** A request took too long. */
    static final class PassedException extends RuntimeException {

        private static final long serialVersionUID = 1;

        private PassedException(Duration time) {
            super("the request took longer than " + time.toSeconds() + " s and was ended: ask for fewer tokens, ask again "
                    + "when the service has less to do, or start it with a larger --max-seconds");
        }
    }

    /** Sets a request's deadline: this much time from now on. */
    static void begin(HttpServletRequest request, Duration time) {
        request.setAttribute(ATTRIBUTE, new Deadline(time));
    }

    static Deadline of(HttpServletRequest request) {
        return (Deadline) request.getAttribute(ATTRIBUTE);
    }

    /** @return what never passes: for what nobody waits for */
    static Deadline none() {
        return new Deadline(Duration.ofNanos(Long.MAX_VALUE));
    }

    boolean hasPassed() {
        return System.nanoTime() - end >= 0;
    }

    /** @throws PassedException if it has passed */
    void require() {
        if (hasPassed()) {
            throw new PassedException(time);
        }
    }

    /**
     * Waits for what another thread does; if that takes too long, it is done to its end all the same, for those who ask
     * next.
     *
     * @throws PassedException if it isn't done by then
     * @throws IOException     if the work throws one
     */
    void await(ExecutorService thread, Callable<?> work) throws IOException {
        Future<?> done = thread.submit(work);
        try {
            done.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            done.cancel(false); // unless it has begun
            throw new PassedException(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the service is shutting down", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
