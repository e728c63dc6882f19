package org.perk4j.commands;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Json;
import org.perk4j.formats.Printable;
import org.perk4j.formats.TextFile;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The subcommands for the jobs of a service: submit, list, watch, cancel and resume them. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=job")
@CommandLine.Command(name = "job", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        description = {
            "Has a running 'perk serve' do jobs: encode, train, pretrain and evaluate. They go on when the service was"
                    + " stopped or killed.",
            "A job names files below the folder --data of the service. A file in its folder jobs/ may name any:"
                    + " {\"kind\": \"train\", \"job\": {…}}."},
        commandListHeading = "%nCommands ('perk job COMMAND --help' tells more):%n",
        optionListHeading = "%nOptions:%n")
public final class JobCommand extends CommandGroup {

    private static final String JOBS = "v1/jobs";
    private static final String STATE = "state";

    @CommandLine.Command(name = "submit", mixinStandardHelpOptions = true,
            description = "Hands a job in, and prints its number. Base, backend and output may be left out: they are the "
                    + "service's, and a folder of the job's own.")
    int submit(@Mixin Output output, @Mixin RunningService service,
            @Option(names = "--name", description = "What the job is called. Default: the file's name.") String name,
            @Parameters(paramLabel = "KIND", index = "0", description = "One of encode, train, pretrain and evaluate.")
            String kind,
            @Parameters(paramLabel = "JOB", index = "1", description = "The job, a JSON file, as the command of that kind "
                    + "reads it; docs/configuration.md lists its keys, docs/service.md those of encode.")
            Path job) throws IOException, InterruptedException {
        Map<String, Object> asked = new LinkedHashMap<>();
        asked.put("kind", kind);
        asked.put("name", name == null ? job.getFileName().toString() : name);
        asked.put("job", Json.parse(TextFile.read(job)));
        Map<String, Object> submitted = service.post(JOBS, asked);
        output.text().println(Printable.line((String) submitted.get("id")));
        output.json(submitted);
        return OK;
    }

    @CommandLine.Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the jobs.")
    int list(@Mixin Output output, @Mixin RunningService service) throws IOException, InterruptedException {
        Map<String, Object> jobs = service.get(JOBS);
        List<List<String>> rows = new ArrayList<>();
        for (Object each : (List<?>) jobs.get("jobs")) {
            Map<?, ?> job = (Map<?, ?>) each;
            rows.add(List.of(text(job, "id"), text(job, "kind"),
                    job.containsKey("memory") ? text(job, "memory") : text(job, "name"),
                    text(job, STATE).toLowerCase(Locale.ROOT), progress(job).replaceFirst("^, ", "")));
        }
        output.table(List.of("id", "kind", "name", "state", "progress"), rows);
        output.json(jobs);
        return OK;
    }

    @CommandLine.Command(name = "watch", mixinStandardHelpOptions = true,
            description = {
                "Prints how far a job is, until it has ended.",
                "Exit code: 0 if it is done, 1 if it failed, 3 if it was cancelled."})
    int watch(@Mixin Output output, @Mixin RunningService service,
            @Parameters(paramLabel = "ID", description = "The job's number.") String id)
            throws IOException, InterruptedException {
        Map<String, Object> last = Map.of();
        try (Stream<String> events = service.events(path(id) + "/events")) {
            for (String event : (Iterable<String>) events::iterator) {
                last = Json.parseObject(event);
                output.text().println(Printable.line(text(last, STATE).toLowerCase(Locale.ROOT) + progress(last)));
            }
        }
        output.json(last);
        if ("FAILED".equals(last.get(STATE))) {
            throw new IOException("the job " + id + " failed: " + text(last, "error"));
        }
        if ("DONE".equals(last.get(STATE))) {
            return OK;
        }
        if (!"CANCELLED".equals(last.get(STATE))) {
            throw new IOException("the service ended; the job goes on when it is started again");
        }
        return STOPPED;
    }

    @CommandLine.Command(name = "cancel", mixinStandardHelpOptions = true,
            description = "Cancels a job. A training is saved after its step, and can be resumed.")
    int cancel(@Mixin Output output, @Mixin RunningService service,
            @Parameters(paramLabel = "ID", description = "The job's number.") String id)
            throws IOException, InterruptedException {
        return changed(service.post(path(id) + "/cancel", Map.of()), output);
    }

    @CommandLine.Command(name = "resume", mixinStandardHelpOptions = true,
            description = "Resumes a job that was cancelled or failed: a training from its last checkpoint, others from "
                    + "the beginning.")
    int resume(@Mixin Output output, @Mixin RunningService service,
            @Parameters(paramLabel = "ID", description = "The job's number.") String id)
            throws IOException, InterruptedException {
        return changed(service.post(path(id) + "/resume", Map.of()), output);
    }

    private static int changed(Map<String, Object> job, Output output) {
        output.text().println(Printable.line(text(job, "id") + ": " + text(job, STATE).toLowerCase(Locale.ROOT)));
        output.json(job);
        return OK;
    }

    private static String path(String id) {
        return JOBS + "/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    private static String text(Map<?, ?> job, String key) {
        return job.get(key) == null ? "" : String.valueOf(job.get(key));
    }

    /** @return how far a job is, behind a comma, in a few words; empty if it hasn't begun */
    private static String progress(Map<?, ?> job) {
        StringBuilder progress = new StringBuilder();
        boolean encodes = job.containsKey("passes");
        double total = number(job, encodes ? "total" : "steps");
        if (total > 0) {
            progress.append(String.format(Locale.ROOT, ", %.0f of %.0f", number(job, encodes ? "passes" : "step"), total));
        }
        if (job.get("loss") instanceof Double loss) {
            progress.append(String.format(Locale.ROOT, ", loss %.3f", loss));
        }
        if (job.get("secondsLeft") instanceof Double left) {
            progress.append(String.format(Locale.ROOT, ", %d:%02d:%02d left", left.longValue() / 3600,
                    left.longValue() / 60 % 60, left.longValue() % 60));
        }
        return progress.toString();
    }

    private static double number(Map<?, ?> job, String key) {
        return job.get(key) instanceof Double number ? number : 0;
    }
}
