package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.formats.Options;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Measures how many questions are answered right. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=evaluate")
@CommandLine.Command(name = "evaluate", mixinStandardHelpOptions = true,
        description = "Measures how many questions are answered correctly, at several lengths of the context: from memory, "
                + "with the context in the prompt, or parts of it, after plain fine-tuning, and without any context.")
public final class EvaluateCommand implements Command {

    @Reference
    private Evaluation evaluation;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "JOB", description = "The job, a JSON file; docs/configuration.md lists its keys.")
    private Path job;

    @Override
    public Integer call() throws IOException {
        new Measurement(evaluation, output).run("Perk4J evaluation", Options.read(job, EvaluateJob.class));
        return OK;
    }
}
