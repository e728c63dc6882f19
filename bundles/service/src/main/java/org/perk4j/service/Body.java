package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Reads a request's body, which must arrive by the deadline, and fast enough not to block a thread for long. */
final class Body extends InputStream {

    /** The minimum rate applies after this time. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int LEAST_BYTES_PER_SECOND = 1_024;

    private final InputStream source;
    private final Deadline deadline;
    private final long begin = System.nanoTime();
    private long bytes;

    Body(HttpServletRequest request) throws IOException {
        this.source = request.getInputStream();
        this.deadline = Deadline.of(request);
    }

    /** A body is too slow, or incomplete. */
    static final class BrokenException extends IOException {

        private static final long serialVersionUID = 1;

        private final boolean slow;

        private BrokenException(boolean slow, String message) {
            super(message);
            this.slow = slow;
        }

        boolean isSlow() {
            return slow;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        requireSpeed();
        try {
            int read = source.read(into, offset, length);
            bytes += Math.max(0, read);
            return read;
        } catch (IOException | RuntimeException e) { // Jetty throws either for a client's mistake
            boolean slow = e.getCause() instanceof TimeoutException;
            throw new BrokenException(slow, "the request's body broke off after " + bytes + " bytes: " + e.getMessage());
        }
    }

    private void requireSpeed() throws BrokenException {
        Duration taken = Duration.ofNanos(System.nanoTime() - begin);
        boolean slow = taken.compareTo(PATIENCE) > 0 && bytes < taken.toSeconds() * LEAST_BYTES_PER_SECOND;
        if (slow || deadline.hasPassed()) {
            throw new BrokenException(true, "the request's body arrives too slowly: " + bytes + " bytes in "
                    + taken.toSeconds() + " s; send at least " + LEAST_BYTES_PER_SECOND + " a second, and all of it within "
                    + "the service's --max-seconds");
        }
    }
}
