package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.evaluation.Figure;
import org.perk4j.formats.Options;
import org.perk4j.formats.Printable;
import org.perk4j.studies.Studies;
import org.perk4j.studies.Study;
import org.perk4j.studies.StudyJob;
import org.perk4j.training.ConsoleProgress;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains and tests the cells of a grid, and compares them. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=study")
@CommandLine.Command(name = "study", mixinStandardHelpOptions = true,
        description = {
            "Varies a training or a test, runs each variant, and writes one report of all of them, with the PERK paper's "
                    + "numbers beside yours where it has any.",
            "",
            "complexity  trains and tests each of several tasks: one fact, two or three that have to be put together, all "
                    + "records at once",
            "length      tests an adapter that was trained at one length at others, to 128K tokens",
            "position    trains and tests with what is asked for at the beginning, in the middle, at the end, and anywhere",
            "inference   measures time and memory of encoding and answering, beside prompts",
            "ablation    changes one thing of a training at a time: rank, steps, adapter, optimizer and others",
            "",
            "Each result is kept in a file of its own: after Ctrl-C, or a kill, the same command goes on where it was. "
                    + "docs/studies.md has examples."},
        footer = {
            "",
            "To begin: perk study length --preset small"})
public final class StudyCommand implements Command {

    @Reference
    private Studies studies;

    @Mixin
    private Output output;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "STUDY", index = "0",
            description = "One of complexity, length, position, inference and ablation.")
    private Study study;

    @Parameters(paramLabel = "JOB", index = "1", arity = "0..1",
            description = "The job, a JSON file; docs/configuration.md lists its keys.")
    private Path job;

    /** The jobs that come along. */
    enum Preset {
        SMALL
    }

    @Option(names = "--preset", paramLabel = "small",
            description = "Instead of JOB, one that comes along: at most 15 minutes on 2 cores, with the quickstart's base.")
    private Preset preset;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER",
            description = "Folder for results and report. Default: the job's; with --preset, perk-study-STUDY.")
    private Path folder;

    @Option(names = "--list", description = "Only list what would be trained and tested.")
    private boolean list;

    @Override
    public Integer call() throws IOException {
        StudyJob asked = job();
        if (list) {
            List<String> cells = studies.cells(study, asked);
            cells.forEach(cell -> output.text().println(Printable.line(cell)));
            output.json(Map.of("cells", cells));
            return OK;
        }
        try (StopOnInterrupt stop = new StopOnInterrupt("stopping after this step or context")) {
            return show(asked, studies.run(study, asked, ConsoleProgress.ofProcess(), stop));
        }
    }

    private StudyJob job() throws IOException {
        if ((job == null) == (preset == null)) {
            throw new ParameterException(spec.commandLine(), job == null
                    ? "name a JOB, or --preset small for one that comes along" : "name either a JOB or --preset");
        }
        if (job != null) {
            StudyJob read = Options.read(job, StudyJob.class);
            return folder == null ? read : read.to(folder);
        }
        return StudyJob.small(study, Installed.quickstart(""),
                folder == null ? Path.of("perk-study-" + study.name().toLowerCase(Locale.ROOT)) : folder);
    }

    private int show(StudyJob asked, Studies.Outcome outcome) {
        for (Figure figure : outcome.figures()) {
            output.text().println(figure.title() + ":");
            output.table(figure.head(), figure.rows());
            output.text().println();
        }
        if (outcome.report() != null) {
            output.text().println("Report: " + Printable.line(outcome.report().toAbsolutePath().normalize().toString()));
        }
        if (!outcome.finished()) {
            output.text().println(Printable.line(asked.output()) + ": stopped; the same command goes on");
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("study", study.name().toLowerCase(Locale.ROOT));
        json.put("finished", outcome.finished());
        json.put("cells", outcome.cells());
        json.put("results", outcome.results());
        json.put("report", outcome.report());
        output.json(json);
        return outcome.finished() ? OK : STOPPED;
    }
}
