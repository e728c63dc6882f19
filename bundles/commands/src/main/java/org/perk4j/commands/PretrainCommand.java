package org.perk4j.commands;

import java.io.IOException;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.training.LanguageTraining;
import org.perk4j.training.PretrainJob;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Trains all weights of a language model. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=pretrain")
@CommandLine.Command(name = "pretrain", mixinStandardHelpOptions = true,
        description = {
            "Trains all weights of a model, on texts and task prompts: a small base from scratch, or one that answers with "
                    + "the context in its prompt.",
            "Ctrl-C, or a file named stop in the output folder, saves and stops; --resume continues."})
public final class PretrainCommand implements Command {

    @Reference
    private LanguageTraining training;

    @Mixin
    private Output output;

    @Mixin
    private TrainingJob job;

    @Override
    public Integer call() throws IOException {
        return output.trained(job.run(PretrainJob.class, training::run));
    }
}
