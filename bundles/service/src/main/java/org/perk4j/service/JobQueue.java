package org.perk4j.service;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Jobs that are done one after the other. Thread-safe.
 *
 * @param <J> what is known of one; a value
 */
interface JobQueue<J extends AnyJob> {

    /** @return all jobs that are remembered, in the order in which they came */
    List<J> all();

    /** @return the job of that number as it is now */
    Optional<J> find(String id);

    /** @return a job that had not ended as it is now: one that runs ends as soon as it can */
    J cancel(J job) throws IOException, SQLException;

    /**
     * @param deadline by which it is to be known that it can be
     * @return a job that failed, or was cancelled, as it is now: it waits for its turn
     */
    J resume(J job, Deadline deadline) throws ApiException, IOException, SQLException;

    /** Forgets a job that has ended. */
    void forget(J job) throws IOException, SQLException;
}
