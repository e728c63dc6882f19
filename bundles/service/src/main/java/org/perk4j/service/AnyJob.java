package org.perk4j.service;

import java.time.Instant;
import java.util.Map;

/** What is known of a job of any kind. Immutable. */
interface AnyJob {

    /** @return the job's unique id */
    String id();

    /** @return the job's state */
    Job.State state();

    /** @return whether it is done, has failed or was cancelled */
    default boolean ended() {
        return state().ended();
    }

    /** @return why it failed, or what it waits for; empty if neither */
    String error();

    /** @return when it was submitted */
    Instant created();

    /** @return the job as the API describes it */
    Map<String, Object> described();
}
