package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.TextFile;
import org.perk4j.plugin.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trainings and evaluations as files: {@code jobs/ID/} has {@code job.json} as it was submitted, {@code state.json}, and
 * {@code output/} for all that the job writes. A job's folder appears atomically, so whenever a process is killed, the next
 * finds a whole job or none. {@code jobs/NAME.json} is a job that is submitted as a file.
 */
final class RunFolder {

    private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);

    /** The name in the service's folder. */
    private static final String NAME = "jobs";
    private static final String JOB = "job.json";
    private static final String STATE = "state.json";
    private static final String OUTPUT = "output";
    private static final String DROPPED = ".json";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Path folder;

    RunFolder(Path data) {
        this.folder = data.toAbsolutePath().normalize().resolve(NAME);
    }

    /** The content of {@code state.json}. */
    private record Saved(
            @Option(help = "whether it waits, runs or has ended") Job.State state,
            @Option(help = "whether it came by HTTP") boolean remote,
            @Option(help = "the last step", value = "0") long step,
            @Option(help = "steps in all", value = "0") long steps,
            @Option(help = "why it failed", value = "") String error,
            @Option(help = "when it came") String created) {
    }

    /** @return the folder that a job writes into, relative to the service's folder */
    static String output(String id) {
        return NAME + "/" + id + "/" + OUTPUT;
    }

    Path outputOf(String id) {
        return folder.resolve(id).resolve(OUTPUT);
    }

    /**
     * Reads the jobs, and deletes what a killed process left; to be called first.
     *
     * @return all jobs, in the order of their submission
     */
    List<RunJob> open() throws IOException {
        Files.createDirectories(folder);
        AtomicFiles.deleteLeftovers(folder, name -> true);
        List<RunJob> jobs = new ArrayList<>();
        for (Path job : list().stream().filter(path -> ID.matcher(path.getFileName().toString()).matches()).toList()) {
            if (Files.notExists(job.resolve(JOB))) {
                AtomicFiles.deleteTree(job); // a killed process was deleting it
            } else {
                AtomicFiles.deleteLeftovers(job, name -> true);
                read(job, jobs);
            }
        }
        jobs.sort(Comparator.comparing(RunJob::created).thenComparing(RunJob::id));
        return jobs;
    }

    private static void read(Path folder, List<RunJob> jobs) {
        try {
            JobRequest request = JobRequest.of(TextFile.read(folder.resolve(JOB)));
            Saved saved = Options.read(folder.resolve(STATE), Saved.class);
            RunJob.At at = new RunJob.At(saved.step(), saved.steps(), Double.NaN, Double.NaN, Double.NaN, Double.NaN);
            jobs.add(new RunJob(folder.getFileName().toString(), request.name(), request.kind(), saved.remote(),
                    saved.state(), at, saved.error(), Instant.parse(saved.created())));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("The job in {} is skipped, because its files are damaged: {}. Restore them, or delete the folder",
                    folder, e.getMessage());
        }
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.toList();
        }
    }

    /** Stores a new job. */
    void add(RunJob job, JobRequest request) throws IOException {
        AtomicFiles.writeFolder(folder.resolve(job.id()), into -> {
            AtomicFiles.writeString(into.resolve(JOB), Json.write(request));
            AtomicFiles.writeString(into.resolve(STATE), state(job));
        });
    }

    /** Stores a job's state. */
    void write(RunJob job) throws IOException {
        AtomicFiles.writeString(folder.resolve(job.id()).resolve(STATE), state(job));
    }

    private static String state(RunJob job) {
        return Json.write(new Saved(job.state(), job.remote(), job.at().step(), job.at().steps(), job.error(),
                job.created().toString()));
    }

    /** @return a job as it was submitted */
    JobRequest request(String id) throws IOException {
        return JobRequest.of(TextFile.read(folder.resolve(id).resolve(JOB)));
    }

    /** Deletes a job with all that it wrote. */
    void delete(String id) throws IOException {
        Files.deleteIfExists(folder.resolve(id).resolve(JOB)); // after this, the job is gone even if this process is killed
        AtomicFiles.deleteTree(folder.resolve(id));
    }

    /** @return the files of jobs that are submitted as files */
    List<Path> dropped() throws IOException {
        return list().stream().filter(path -> path.getFileName().toString().endsWith(DROPPED)
                && !path.getFileName().toString().startsWith(".") && Files.isRegularFile(path)).sorted().toList();
    }

    /** @return the name of a job that was submitted as this file */
    static String name(Path dropped) {
        String name = dropped.getFileName().toString();
        return name.substring(0, name.length() - DROPPED.length());
    }
}
