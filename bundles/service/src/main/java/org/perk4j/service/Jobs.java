package org.perk4j.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.TextFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jobs of all kinds, submitted by HTTP or as files. */
final class Jobs {

    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

    private static final String REFUSED = ".refused";

    private final EncodingJobs encodings;
    private final RunJobs runs;
    private final Runner runner;
    private final RunFolder folder;
    /** Times and sizes of submitted files when last seen: a file that changes may still be written. */
    private Map<Path, String> seen = Map.of();

    Jobs(EncodingJobs encodings, RunJobs runs, Runner runner, RunFolder folder) {
        this.encodings = encodings;
        this.runs = runs;
        this.runner = runner;
        this.folder = folder;
    }

    RunJobs runs() {
        return runs;
    }

    /** @return the queues; each job is in one of them */
    List<JobQueue<?>> queues() {
        return List.of(encodings, runs);
    }

    /** @return all jobs that are remembered, in the order of their submission */
    List<AnyJob> all() {
        return Stream.<AnyJob>concat(encodings.all().stream(), runs.all().stream())
                .sorted(Comparator.comparing(AnyJob::created)).toList();
    }

    /** Starts no more jobs, and requests that those that run end. */
    void end() {
        encodings.end();
        runs.end();
    }

    /** @return how many jobs wait or run */
    long unfinished() {
        return all().stream().filter(job -> !job.ended()).count();
    }

    /**
     * Adds a job to its queue.
     *
     * @param id       a unique id; if there is a job with this id, it is returned instead
     * @param remote   whether it comes by HTTP, so that it can name files of the service's folder alone
     * @param deadline by which it is to be known that it can be done
     * @throws IllegalArgumentException naming the key, if something is wrong with the job that can be told now
     */
    AnyJob submit(JobRequest request, String id, boolean remote, Deadline deadline)
            throws ApiException, IOException, SQLException {
        if (request.kind() != JobKind.ENCODE) {
            return runs.submit(id, request, remote);
        }
        EncodeJob job = (EncodeJob) runner.document(request, folder.outputOf(id), remote);
        return encodings.submit(id, Library.requireName(job.name()),
                job.file().isEmpty() ? job.text() : TextFile.read(Path.of(job.file())), job.replace(), job.force(),
                job.keep(), deadline);
    }

    /** Takes jobs that were submitted as files, once these are written. To be called regularly. */
    void takeFiles() {
        try {
            Map<Path, String> found = new HashMap<>();
            for (Path file : folder.dropped()) {
                found.put(file, Files.getLastModifiedTime(file) + " " + Files.size(file));
                if (found.get(file).equals(seen.get(file))) {
                    take(file);
                }
            }
            seen = found;
        } catch (IOException | RuntimeException e) {
            LOG.error("The folder jobs/ can't be searched for submitted jobs", e);
        }
    }

    private void take(Path file) throws IOException {
        try {
            String text = TextFile.read(file);
            // The same for the same file: if this process is killed before it deletes the file, the next adds no second job.
            String id = UUID.nameUUIDFromBytes((file.getFileName() + " " + Files.getLastModifiedTime(file) + " " + text)
                    .getBytes(StandardCharsets.UTF_8)).toString();
            submit(JobRequest.of(text).named(RunFolder.name(file)), id, false, Deadline.none());
            LOG.info("Took {} as the job {}", file, id);
        } catch (SQLException e) {
            LOG.warn("{} is not taken until the database answers again: {}", file, e.getMessage());
            return;
        } catch (ApiException | IOException | IllegalArgumentException e) {
            Path refused = file.resolveSibling(file.getFileName() + REFUSED);
            LOG.error("{} is refused and renamed to {}: {}. Correct it, then rename it back", file,
                    refused.getFileName(), e.getMessage());
            AtomicFiles.move(file, refused);
            return;
        }
        Files.delete(file);
    }
}
