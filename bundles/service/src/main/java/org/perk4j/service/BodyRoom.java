package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.Semaphore;

/** Bounds the memory for the bodies of all requests that are being served. Thread-safe. */
final class BodyRoom {

    /** The texts and tokens that are made of a body take several times its bytes. */
    private static final int PART_OF_HEAP = 16;

    private final Semaphore bytes;

    /** @param largest the bytes of the largest body, for which there is always room */
    BodyRoom(long largest) {
        this.bytes = new Semaphore(
                (int) Math.min(Integer.MAX_VALUE, Math.max(largest, Runtime.getRuntime().maxMemory() / PART_OF_HEAP)));
    }

    /** A request's share, which grows as its body arrives. Not thread-safe. */
    final class Share implements AutoCloseable {

        private int taken;

        private Share() {
        }

        /** @throws ApiException if there is no room left now */
        void grow(int by) throws ApiException {
            if (!bytes.tryAcquire(by)) {
                throw ApiException.tooMany();
            }
            taken += by;
        }

        @Override
        public void close() {
            bytes.release(taken);
        }
    }

    /** @return the share of a request, to be closed when it has been served */
    Share share(HttpServletRequest request) {
        Share share = new Share();
        request.setAttribute(BodyRoom.class.getName(), share);
        return share;
    }

    static Share of(HttpServletRequest request) {
        return (Share) request.getAttribute(BodyRoom.class.getName());
    }
}
