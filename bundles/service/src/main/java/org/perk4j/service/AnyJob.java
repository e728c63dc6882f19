package org.perk4j.service;

import java.time.Instant;
import java.util.Map;

/** What is known of a job, of whichever kind. */
interface AnyJob {

    /** @return what no other job has */
    String id();

    /** @return whether it waits for its turn, runs, or how it ended */
    Job.State state();

    /** @return whether it is done, has failed or was cancelled */
    default boolean ended() {
        return state().ended();
    }

    /** @return when it came */
    Instant created();

    /** @return what clients are told */
    Map<String, Object> described();
}
