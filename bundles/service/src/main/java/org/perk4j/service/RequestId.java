package org.perk4j.service;

import org.slf4j.MDC;

/** The id of the request that a thread works for, which all its lines in the log carry. */
final class RequestId {

    /** The id's key in the log's context. */
    private static final String KEY = "request";

    private RequestId() {
    }

    /** @return the id of the request that the calling thread works for; null if it works for none */
    static String current() {
        return MDC.get(KEY);
    }

    /** The calling thread works for this request until the result is closed. */
    static MDC.MDCCloseable begin(String id) {
        return MDC.putCloseable(KEY, id);
    }

    /** @return the work, done for the request that the calling thread works for, whichever thread does it */
    static Runnable carried(Runnable work) {
        String id = current();
        return id == null ? work : () -> {
            try (MDC.MDCCloseable ignored = begin(id)) {
                work.run();
            }
        };
    }
}
