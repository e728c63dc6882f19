package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.perk4j.formats.Options;
import org.perk4j.training.ConsoleProgress;
import org.perk4j.training.Progress;
import org.perk4j.training.TrainingOutcome;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The arguments of a training run, which may be stopped and resumed. Mixed into each command that trains. */
final class TrainingJob {

    @Parameters(paramLabel = "JOB", description = "The job, a JSON file; docs/configuration.md lists its keys.")
    private Path job;

    @Option(names = "--resume", description = "Continue from the last checkpoint in the job's output folder.")
    private boolean resume;

    /** Runs such jobs. */
    interface Training<J> {
        TrainingOutcome run(J job, boolean resume, Progress progress, BooleanSupplier stop) throws IOException;
    }

    <J extends Record> TrainingOutcome run(Class<J> type, Training<J> training) throws IOException {
        try (StopOnInterrupt stop = new StopOnInterrupt()) {
            return training.run(Options.read(job, type), resume, ConsoleProgress.ofProcess(), stop);
        }
    }
}
