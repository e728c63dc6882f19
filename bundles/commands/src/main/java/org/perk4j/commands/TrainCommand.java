package org.perk4j.commands;

import java.io.IOException;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.TrainJob;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Meta-trains an adapter. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=train")
@CommandLine.Command(name = "train", mixinStandardHelpOptions = true,
        description = {
            "Meta-trains an adapter: learns to write contexts into it, so that questions are answered from it.",
            "Ctrl-C, or a file named stop in the output folder, saves and stops; --resume continues."})
public final class TrainCommand implements Command {

    @Reference
    private MetaTraining training;

    @Mixin
    private Output output;

    @Mixin
    private TrainingJob job;

    @Override
    public Integer call() throws IOException {
        return output.trained(job.run(TrainJob.class, training::run));
    }
}
