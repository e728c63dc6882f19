package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;

/** When a request has to have been answered. Thread-safe. */
final class Deadline {

    /** What the request calls its own. */
    private static final String ATTRIBUTE = Deadline.class.getName();

    private final Duration time;
    private final long end;

    private Deadline(Duration time) {
        this.time = time;
        this.end = System.nanoTime() + time.toNanos();
    }

    /** A request took longer than it may. */
    static final class PassedException extends RuntimeException {

        private static final long serialVersionUID = 1;

        private PassedException(Duration time) {
            super("the request took longer than " + time.toSeconds() + " s and was ended; ask for fewer tokens, ask again "
                    + "when the service has less to do, or start it with a larger --max-seconds");
        }
    }

    /** Gives a request so much time, from now on. */
    static void begin(HttpServletRequest request, Duration time) {
        request.setAttribute(ATTRIBUTE, new Deadline(time));
    }

    static Deadline of(HttpServletRequest request) {
        return (Deadline) request.getAttribute(ATTRIBUTE);
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
}
