package org.perk4j.service;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Jobs that are done one after the other. Thread-safe.
 *
 * @param <J> what is known of a job; immutable
 */
interface JobQueue<J extends AnyJob> {

    /** @return all jobs that are remembered, in the order of their submission */
    List<J> all();

    /** @return the job with this id, as it is now */
    Optional<J> find(String id);

    /** Cancels a job that has not ended. @return the job as it is now: if it runs, it ends as soon as it can */
    J cancel(J job) throws IOException, SQLException;

    /**
     * @param deadline by which it is to be known that it can be
     * @return a job that failed or was cancelled, which now waits for its turn again
     */
    J resume(J job, Deadline deadline) throws ApiException, IOException, SQLException;

    /** Forgets a job that has ended. */
    void forget(J job) throws IOException, SQLException;
}
