package org.perk4j.service;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.perk4j.inference.MemoryModel;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Encodes texts into memories of a {@link Library}, one after the other, in the background. Thread-safe. */
final class EncodingJobs implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EncodingJobs.class);

    /** Jobs that have ended are remembered until so many others came. */
    private static final int REMEMBERED = 1_000;

    private final Library library;
    private final OpenBases bases;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "perk encode");
        made.setDaemon(true);
        return made;
    });
    private final Map<String, Job> jobs = new LinkedHashMap<>();

    EncodingJobs(Library library, OpenBases bases) {
        this.library = library;
        this.bases = bases;
    }

    /** How far a job is. */
    enum State {
        QUEUED, RUNNING, DONE, FAILED
    }

    /**
     * A text that is to become a memory.
     *
     * @param passes over segments that are done
     * @param total  passes in all; 0 before it begins
     * @param losses the context's mean loss of a token before each step and after the last
     * @param error  why it failed, or null
     */
    record Job(String id, String memory, State state, long passes, long total, List<Double> losses, String error,
               Instant created) {

        Job at(long nowPasses, long nowTotal) {
            return new Job(id, memory, State.RUNNING, nowPasses, nowTotal, losses, error, created);
        }

        Job done(List<Double> foundLosses) {
            return new Job(id, memory, State.DONE, total, total, foundLosses, null, created);
        }

        Job failed(String why) {
            return new Job(id, memory, State.FAILED, passes, total, losses, why, created);
        }

        boolean ended() {
            return state == State.DONE || state == State.FAILED;
        }
    }

    /**
     * Encodes a text as soon as those that came before are encoded.
     *
     * @param replace whether a memory of that name may be replaced
     * @param force   whether a memory that was not taken up is kept all the same
     * @throws ApiException           if there is one and it may not be replaced, or if another process writes it
     * @throws MissingPluginException if a plugin is gone that encoding takes
     */
    Job submit(String name, String text, boolean replace, boolean force) throws ApiException, IOException {
        requirePlugins();
        MemoryStore.Place place = reserve(name, replace);
        Job job = new Job(UUID.randomUUID().toString(), name, State.QUEUED, 0, 0, List.of(), null,
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
        remember(job);
        thread.execute(() -> run(job, place, text, force));
        return job;
    }

    private void requirePlugins() throws ApiException {
        try (Shared<OpenBases.Opened> open = bases.use()) {
            open.get().encoder().close(); // it is kept for whoever encodes next
        } catch (IOException e) {
            throw ApiException.unavailable("nothing can be encoded: " + e.getMessage());
        }
    }

    private MemoryStore.Place reserve(String name, boolean replace) throws ApiException, IOException {
        synchronized (this) {
            if (jobs.values().stream().anyMatch(job -> !job.ended() && job.memory.equals(name))) {
                throw ApiException.conflict("the memory " + name + " is being written; try again when that is done");
            }
        }
        try {
            return library.reserve(name, replace);
        } catch (FileAlreadyExistsException e) {
            throw ApiException.conflict("there is a memory " + name + " already; replace it by \"replace\": true");
        }
    }

    private void run(Job job, MemoryStore.Place place, String text, boolean force) {
        try (place; Shared<OpenBases.Opened> open = bases.use(); Shared<OpenBases.Encoder> encoder = open.get().encoder()) {
            MemoryModel.Remembered remembered = encoder.get().writer().remember(text, job.memory,
                    encoder.get().texts(),
                    (passes, total) -> remember(job.at(passes, total)));
            Optional<String> problem = remembered.encoding().problem();
            if (problem.isPresent() && !force) {
                remember(job.failed(problem.get() + "; nothing was written, \"force\": true writes it all the same"));
                return;
            }
            place.write(remembered.memory());
            remember(find(job.id).orElse(job).done(remembered.memory().provenance().losses()));
        } catch (IOException | IllegalArgumentException | NotFiniteException e) {
            remember(job.failed(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("Encoding {} failed", job.memory, e);
            remember(job.failed("unexpected " + e));
        }
    }

    private synchronized void remember(Job job) {
        jobs.put(job.id, job);
        if (jobs.size() > REMEMBERED) {
            jobs.values().stream().filter(Job::ended).findFirst().ifPresent(ended -> jobs.remove(ended.id));
        }
    }

    /** @return the job of that number as it is now */
    synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    /** @return all jobs that are remembered, in the order in which they came */
    synchronized List<Job> all() {
        return List.copyOf(jobs.values());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
