package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.inference.MemoryModel;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes texts into memories of a {@link Library}, one after the other, in the background. A job is in the database before
 * its client learns of it and until it is forgotten, and its text is in a file: jobs that had not ended when a process did
 * start again in the next. Thread-safe.
 */
final class EncodingJobs extends SerialQueue<Job> {

    private static final Logger LOG = LoggerFactory.getLogger(EncodingJobs.class);

    /** The number of jobs from which on the oldest one that has ended is forgotten. */
    private static final int REMEMBERED = 1_000;

    private final DataFolder folder;
    private final Database database;
    private final Library library;
    private final MemoryStore store;
    private final OpenBases bases;
    /** Held while jobs are added, started or forgotten. */
    private final Object changes = new Object();

    EncodingJobs(Kept kept, MemoryStore store, OpenBases bases) {
        super("perk encode");
        this.folder = kept.folder();
        this.database = kept.database();
        this.library = kept.library();
        this.store = store;
        this.bases = bases;
    }

    /** The job was cancelled, or this is closed. */
    private static final class EndedException extends RuntimeException {

        private static final long serialVersionUID = 1;
    }

    /** Reads the jobs from the database; to be called first. */
    void open() throws SQLException {
        for (Job job : database.transaction(JobTable::all)) {
            remember(job);
            if (needsText(job)) {
                folder.texts().need(job.text());
            }
        }
    }

    /** A job that is done needs its text no longer; one that failed or was cancelled may be resumed. */
    private static boolean needsText(Job job) {
        return job.state() != Job.State.DONE;
    }

    /**
     * Encodes a text as soon as those that came before are encoded.
     *
     * @param id       a unique id; if there is a job with this id, it is returned instead
     * @param replace  whether a memory of that name may be replaced
     * @param force    whether the memory is kept even if encoding did not lower its loss
     * @param keep     whether the text is kept with the memory
     * @param deadline by which it is to be known that encoding is possible
     * @throws ApiException                             if there is one and it may not be replaced, or a job is writing it
     * @throws org.perk4j.plugin.MissingPluginException if a plugin that encoding needs is not running
     */
    Job submit(String id, String name, String text, boolean replace, boolean force, boolean keep, Deadline deadline)
            throws ApiException, IOException, SQLException {
        requirePlugins(deadline);
        synchronized (changes) {
            Optional<Job> known = find(id);
            if (known.isPresent()) {
                return known.get();
            }
            requireFree(name, replace);
            Job job = new Job(id, name, Job.State.QUEUED, folder.keep(text), replace, force, keep,
                    0, 0, List.of(), "", Library.now());
            try {
                write(job);
            } catch (SQLException e) {
                folder.texts().release(job.text());
                throw e;
            }
            remember(job);
            enqueue(job);
            forgetOldest();
            return job;
        }
    }

    private void requirePlugins(Deadline deadline) throws ApiException {
        try {
            bases.requireEncoder(deadline);
        } catch (IOException e) {
            throw ApiException.unavailable("nothing can be encoded: " + e.getMessage());
        }
    }

    /** @throws ApiException if there is a memory of that name and it may not be replaced, or a job is to write one */
    void requireFree(String name, boolean replace) throws ApiException {
        requireNotWritten(name);
        if (!replace && library.find(name).isPresent()) {
            throw ApiException.conflict("there is a memory " + name + " already: \"replace\": true replaces it");
        }
    }

    /** @throws ApiException if a job is to write the memory of that name */
    void requireNotWritten(String name) throws ApiException {
        Optional<Job> writing = all().stream().filter(job -> !job.ended() && job.memory().equals(name)).findFirst();
        if (writing.isPresent()) {
            throw ApiException.conflict("the memory " + name + " is being written by the job " + writing.get().id()
                    + "; try again when that is done, or cancel it by DELETE /v1/jobs/" + writing.get().id());
        }
    }

    @Override
    void run(String id) {
        Job job;
        synchronized (changes) {
            job = find(id).orElse(null);
            if (isClosed() || job == null || job.ended()) {
                return;
            }
            remember(job.at(0, 0));
        }
        try {
            whenPossible(job, () -> {
                encode(job);
                return null;
            });
        } catch (EndedException e) {
            end(job.cancelled());
        } catch (IOException | IllegalArgumentException | NotFiniteException e) {
            end(job.failed(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("Encoding {} failed", job.memory(), e);
            end(job.failed("unexpected " + e));
        } finally {
            stopped(job);
        }
    }

    private void encode(Job job) throws IOException {
        try (Shared<OpenBases.Opened> open = bases.use(); Shared<OpenBases.Encoder> encoder = open.get().encoder()) {
            if (again(job, open.get().base().base().fingerprint(), encoder.get().fingerprint()).isEmpty()) {
                encode(job, encoder.get());
            }
        }
    }

    /** Reuses the memory of the same text, by the same adapter for the same base, if there is one. */
    private Optional<MemoryRow> again(Job job, String base, String writer) throws IOException {
        return whenPossible(job, () -> {
            Optional<MemoryRow> same = library.again(job.memory(), job.text(), base, writer, kept(job), job.force(),
                    (connection, row) -> JobTable.put(connection, job.done(row.losses())));
            same.ifPresent(row -> ended(job.done(row.losses())));
            return same;
        });
    }

    /** @return the text that was kept with a memory */
    String text(MemoryRow row) throws IOException {
        return folder.text(row.text());
    }

    private static String kept(Job job) {
        return job.keep() ? job.text() : "";
    }

    private void encode(Job job, OpenBases.Encoder encoder) throws IOException {
        MemoryModel.Remembered remembered = encoder.writer().remember(folder.text(job.text()), job.memory(),
                encoder.texts(), (passes, total) -> progress(job, passes, total));
        Optional<String> problem = remembered.encoding().problem();
        if (problem.isPresent() && !job.force()) {
            end(job.failed(problem.get() + "; nothing was written: \"force\": true keeps the memory all the same"));
            return;
        }
        Job done = job.at(1, 1).done(remembered.memory().provenance().losses());
        whenPossible(job, () -> {
            Path written = folder.incoming();
            try {
                try (MemoryStore.Place place = store.reserve(written, false)) {
                    place.write(remembered.memory());
                }
                return library.add(job.memory(), written, encoder.fingerprint(), kept(job),
                        (connection, row) -> JobTable.put(connection, done));
            } finally {
                AtomicFiles.deleteTree(written);
            }
        });
        ended(find(job.id()).map(at -> at.done(done.losses())).orElse(done));
    }

    private void progress(Job job, long passes, long total) {
        if (isToStop(job)) {
            throw new EndedException();
        }
        remember(job.at(passes, total));
    }

    /** What is done for a job. */
    @FunctionalInterface
    private interface Work<T> {
        T done() throws IOException, SQLException;
    }

    /** Retries until database, disk and plugins are there: neither the job nor its result is given up for them. */
    private <T> T whenPossible(Job job, Work<T> work) throws IOException {
        while (true) {
            try {
                return work.done();
            } catch (NotStoredException | NotWrittenException | MissingPluginException e) {
                await(job, e.getMessage());
            } catch (SQLException e) {
                await(job, "the database doesn't answer: " + e.getMessage());
            }
        }
    }

    private void await(Job job, String what) {
        Job waiting = find(job.id()).orElse(job).waiting(what);
        if (!waiting.equals(remember(waiting))) {
            LOG.warn("The job {} waits: {}", job.id(), what);
        }
        try {
            pause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EndedException();
        }
        if (isToStop(job)) {
            throw new EndedException();
        }
    }

    private void end(Job job) {
        stopped(job);
        try {
            if (isClosed()) {
                throw new EndedException();
            }
            whenPossible(job, () -> {
                write(job);
                return null;
            });
            ended(job);
        } catch (EndedException e) {
            if (isClosed()) {
                LOG.info("The job {} starts over when the service starts again", job.id());
            } else {
                end(job.cancelled());
            }
        } catch (IOException e) {
            throw new IllegalStateException("only the database is asked", e);
        }
    }

    /** To be called once the database has the job's end. */
    private void ended(Job job) {
        rememberEnd(job);
        if (!needsText(job)) {
            release(job);
        }
    }

    private void release(Job job) {
        try {
            folder.texts().release(job.text());
        } catch (IOException e) {
            LOG.error("The text of the job {} can't be deleted now; the next start of the service deletes it", job.id(), e);
        }
    }

    private void write(Job job) throws SQLException {
        database.transaction(connection -> {
            JobTable.put(connection, job);
            return null;
        });
    }

    /**
     * Cancels a job that has not ended; what it has encoded so far is discarded.
     *
     * @return the job as it is now: if it runs, it ends after the current pass
     */
    @Override
    public Job cancel(Job job) throws SQLException {
        synchronized (changes) {
            stop(job);
            Job now = find(job.id()).orElse(job);
            if (now.state() == Job.State.QUEUED) {
                write(now.cancelled());
                remember(now.cancelled());
                stopped(job);
            }
            return find(job.id()).orElse(job);
        }
    }

    /** Starts a job again that failed or was cancelled. */
    @Override
    public Job resume(Job job, Deadline deadline) throws ApiException, IOException, SQLException {
        requirePlugins(deadline);
        synchronized (changes) {
            Job now = find(job.id()).orElse(job);
            requireResumable(now);
            requireFree(now.memory(), now.replace());
            write(now.queued());
            remember(now.queued());
            enqueue(job);
            return now.queued();
        }
    }

    /** Forgets a job that has ended, and the text that it would be resumed with. */
    @Override
    public void forget(Job job) throws SQLException {
        synchronized (changes) {
            database.transaction(connection -> {
                JobTable.delete(connection, job.id());
                return null;
            });
            remove(job);
            if (needsText(job)) {
                release(job);
            }
        }
    }

    private void forgetOldest() throws SQLException {
        List<Job> all = all();
        if (all.size() > REMEMBERED) {
            Optional<Job> oldest = all.stream().filter(Job::ended).findFirst();
            if (oldest.isPresent()) {
                forget(oldest.get());
            }
        }
    }

    /** Stops the encoding that runs, which starts again in the next process. */
    @Override
    public void close() {
        if (!closeInTime()) {
            LOG.warn("The job that encodes didn't stop in time: it starts over when the service starts again");
        }
    }
}
