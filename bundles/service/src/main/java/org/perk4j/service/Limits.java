package org.perk4j.service;

import java.time.Duration;
import java.util.List;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.OpenBase;

/**
 * The limits on requests that are configured now.
 *
 * @param time          the longest time from a request's first byte to the last of its response
 * @param memory        bytes for the keys and values of all answers that are being generated; others wait
 * @param requestMemory of these, the most for one request; one that may need more is refused
 */
record Limits(Duration time, long memory, long requestMemory) {

    /** @return what is configured; otherwise what the command line says */
    static Limits of(Settings settings, Service.Configured configured) {
        long memory = or(configured.maxMemory(), settings.memory());
        return new Limits(Duration.ofSeconds(or(configured.maxSeconds(), settings.seconds())), memory,
                Math.min(memory, or(configured.maxRequestMemory(), settings.requestMemory())));
    }

    private static long or(long configured, long otherwise) {
        return configured > 0 ? configured : otherwise;
    }

    /** @throws ApiException if answers to a request's queries, as long as they may get, need more memory than it may have */
    void require(OpenBase base, List<OpenBase.Query> queries, Decoding decoding) throws ApiException {
        long needed = queries.stream().mapToLong(query -> base.cacheBytes(query, decoding)).sum();
        if (needed > requestMemory) {
            throw ApiException.needsMemory(needed, requestMemory);
        }
    }
}
