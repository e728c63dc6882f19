package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Options;
import org.perk4j.training.ConsoleProgress;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.TrainJob;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Meta-trains an adapter. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "train", mixinStandardHelpOptions = true,
        description = {
            "Meta-trains an adapter: learns to write contexts into it, so that questions are answered from it.",
            "Ctrl-C, or a file named stop in the output folder, saves and stops; --resume goes on from there."})
public final class TrainCommand implements Command {

    @Reference
    private MetaTraining training;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "JOB", description = "The job, a JSON file; docs/configuration.md lists its keys.")
    private Path job;

    @Option(names = "--resume", description = "Go on from the last checkpoint in the job's output folder.")
    private boolean resume;

    @Override
    public Integer call() throws IOException {
        try (StopOnInterrupt stop = new StopOnInterrupt()) {
            output.trained(training.run(Options.read(job, TrainJob.class), resume, ConsoleProgress.ofProcess(), stop));
        }
        return OK;
    }
}
