package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.formats.Json;
import org.perk4j.formats.TextFile;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.training.PretrainJob;
import org.perk4j.training.Progress;
import org.perk4j.training.TrainJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains and evaluates, one job after the other, in the background. A job is in its folder before its client learns of it
 * and until it is forgotten: jobs that had not ended when a process did continue in the next, a training from its last
 * checkpoint and with the same result to the bit. Thread-safe.
 */
final class RunJobs extends SerialQueue<RunJob> {

    private static final Logger LOG = LoggerFactory.getLogger(RunJobs.class);

    private final RunFolder folder;
    private final Runner runner;

    RunJobs(RunFolder folder, Runner runner) {
        super("perk run");
        this.folder = folder;
        this.runner = runner;
    }

    /** Reads the jobs from the folder; to be called first. */
    void open() throws IOException {
        folder.open().forEach(this::remember);
    }

    /**
     * Adds a job to the queue.
     *
     * @param id     a unique id; if there is a job with this id, it is returned instead
     * @param remote whether it comes by HTTP
     * @throws IllegalArgumentException naming the key, if something is wrong with the job that can be told now
     */
    RunJob submit(String id, JobRequest request, boolean remote) throws IOException {
        runner.document(request, folder.outputOf(id), remote);
        synchronized (this) {
            Optional<RunJob> known = find(id);
            if (known.isPresent()) {
                return known.get();
            }
            RunJob job = new RunJob(id, request.name(), request.kind(), remote, Job.State.QUEUED, RunJob.At.BEGIN, "",
                    Library.now());
            folder.add(job, request);
            remember(job);
            enqueue(job);
            return job;
        }
    }

    @Override
    void run(String id) {
        RunJob job;
        synchronized (this) {
            job = find(id).orElse(null);
            if (isClosed() || job == null || job.state() != Job.State.QUEUED) {
                return;
            }
            remember(job.in(Job.State.RUNNING));
        }
        try {
            boolean finished = runWhenPossible(job);
            if (finished || !isClosed()) {
                end(now(job).in(finished ? Job.State.DONE : Job.State.CANCELLED));
            } else {
                LOG.info("The job {} continues when the service starts again", id);
            }
        } catch (IOException | IllegalArgumentException | NotFiniteException e) {
            end(now(job).failed(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("The job {} failed", id, e);
            end(now(job).failed("unexpected " + e));
        } finally {
            stopped(job);
        }
    }

    /** Runs a job; waits for plugins that are installed but not running. */
    private boolean runWhenPossible(RunJob job) throws IOException {
        Path output = folder.outputOf(job.id());
        while (!isToStop(job)) {
            try {
                return runner.run(runner.document(folder.request(job.id()), output, job.remote()), output,
                        new Told(job), () -> isToStop(job));
            } catch (MissingPluginException e) {
                if (!runner.isInstalled(e)) {
                    throw e;
                }
                waitFor(job, e.getMessage());
            }
        }
        return false;
    }

    private void waitFor(RunJob job, String what) {
        synchronized (this) {
            RunJob before = remember(now(job).waiting(what));
            if (!before.error().equals(what)) {
                LOG.warn("The job {} waits: {}", job.id(), what);
            }
        }
        try {
            pause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited: " + what, e);
        }
    }

    /** @return what is known of the job now; the argument if it was forgotten */
    private RunJob now(RunJob job) {
        return find(job.id()).orElse(job);
    }

    private synchronized void end(RunJob job) {
        try {
            folder.write(job);
        } catch (IOException e) {
            LOG.error("The end of the job {} can't be written, so it runs again when the service starts again", job.id(), e);
        }
        rememberEnd(job);
    }

    /** Records a job's progress. */
    private final class Told implements Progress {

        private final RunJob job;
        private long first;
        private long total;
        private long began;
        private RunJob.At last = RunJob.At.BEGIN;

        Told(RunJob job) {
            this.job = job;
        }

        @Override
        public void begin(String task, long done, long steps) {
            first = done;
            total = steps;
            began = System.nanoTime();
            tell(new RunJob.At(done, steps, Double.NaN, Double.NaN, Double.NaN, Double.NaN));
        }

        @Override
        public void logged(Map<String, Object> line) {
            last = new RunJob.At(last.step(), total, number(line, "loss", Double.NaN), number(line, "accuracy", Double.NaN),
                    number(line, "validationLoss", last.validationLoss()), Double.NaN);
        }

        private static double number(Map<String, Object> line, String key, double otherwise) {
            return line.get(key) instanceof Double value ? value : otherwise;
        }

        @Override
        public void at(long done, String detail) {
            double left = (System.nanoTime() - began) * 1e-9 / (done - first) * (total - done);
            tell(new RunJob.At(done, total, last.loss(), last.accuracy(), last.validationLoss(), left));
        }

        private void tell(RunJob.At now) {
            last = now;
            synchronized (RunJobs.this) {
                remember(now(job).at(now));
            }
        }

        @Override
        public void end() {
            // the job's state says so
        }
    }

    @Override
    public synchronized RunJob cancel(RunJob job) throws IOException {
        RunJob now = now(job);
        if (!now.ended()) {
            folder.write(now.in(Job.State.CANCELLED)); // also if the process is killed before the job has ended
            if (now.state() == Job.State.RUNNING) {
                stop(job);
            } else {
                remember(now.in(Job.State.CANCELLED));
            }
        }
        return now(job);
    }

    @Override
    public synchronized RunJob resume(RunJob job, Deadline deadline) throws ApiException, IOException {
        RunJob now = now(job);
        requireResumable(now);
        RunJob queued = now.in(Job.State.QUEUED);
        folder.write(queued);
        remember(queued);
        enqueue(queued);
        return queued;
    }

    @Override
    public synchronized void forget(RunJob job) throws IOException {
        folder.delete(job.id());
        remove(job);
    }

    /** @return the learning curve of a training so far */
    List<Map<String, Object>> curve(RunJob job) throws ApiException, IOException {
        Record document;
        try {
            document = runner.document(folder.request(job.id()), folder.outputOf(job.id()), job.remote());
        } catch (IllegalArgumentException e) { // a plugin was removed
            throw ApiException.conflict(e.getMessage());
        }
        String output = document instanceof TrainJob training ? training.output()
                : document instanceof PretrainJob pretraining ? pretraining.output() : null;
        if (output == null) {
            throw ApiException.notFound("no_curve", "the job " + job.id() + " is not a training: an evaluation "
                    + "has GET /v1/jobs/" + job.id() + "/results");
        }
        Path log = Path.of(output).resolve(Runner.LOG);
        return Files.exists(log) ? Curve.of(TextFile.read(log)) : List.of();
    }

    /** @return the results of an evaluation */
    Map<String, Object> results(RunJob job) throws ApiException, IOException {
        Path results = folder.outputOf(job.id()).resolve(Runner.RESULTS);
        if (Files.notExists(results)) {
            throw ApiException.notFound("no_results", "the job " + job.id() + " has no results: only an evaluation has "
                    + "them, once it is done");
        }
        return Json.readObject(results);
    }

    /** Stops and saves the training that runs, which continues in the next process. */
    @Override
    public void close() {
        if (!closeInTime()) {
            LOG.warn("The job that runs didn't stop in time: it continues from its last checkpoint when the service starts "
                    + "again");
        }
    }
}
