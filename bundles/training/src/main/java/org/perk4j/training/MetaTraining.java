package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Json;
import org.perk4j.formats.OutputPlace;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Device;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Recipe;
import org.perk4j.inference.Task;
import org.perk4j.meta.Learner;
import org.perk4j.plugin.Plugins;

/** Meta-trains adapters, so that contexts can be encoded into them. A service; thread-safe. */
@Component(service = MetaTraining.class)
public final class MetaTraining {

    private final Plugins plugins;
    private final Autodiff autodiff;

    /** @param plugins provides the plugins that a job picks */
    @Activate
    public MetaTraining(@Reference Plugins plugins, @Reference Autodiff autodiff) {
        this.plugins = plugins;
        this.autodiff = autodiff;
    }

    /**
     * Runs a job, from its beginning or from its last checkpoint.
     *
     * @param resume whether to continue the run in the output folder; if there is no checkpoint, it begins anew
     * @param stop   polled after each step: whether to save and stop
     * @throws IOException              naming file, place and remedy, if something can't be read or written
     * @throws IllegalArgumentException naming the key, if the job can't be run
     */
    public TrainingOutcome run(TrainJob job, boolean resume, Progress progress, BooleanSupplier stop)
            throws IOException {
        Path output = Path.of(job.output());
        String description = Json.write(job);
        try (OutputPlace place = TrainingLoop.reserve(output, description, resume); Leases leases = new Leases()) {
            BaseModel base = leases.add(BaseModel.open(Path.of(job.base()), plugins));
            Stages<MetaTrainer.Stage> stages = stages(job, base.tokenizer(), leases);
            Recipe.Parts parts = job.recipe().open(base.model(), plugins, leases);
            Compute compute = Device.open(job.backend(), plugins, leases);
            Learner learner = parts.learner(compute, autodiff, base.model(), base.upload(compute));
            EpisodeEncoder encoder = base.encoder(new Prompts(job.support()), parts.adapter());
            MetaTrainer trainer = leases.add(new MetaTrainer(job, base, learner, parts.objective(), encoder, stages,
                    RetentionWindows.open(job.retention(), base.tokenizer(),
                            base.model().size().positions() - parts.adapter().virtualTokens(), job.seed()),
                    job.recipe().origins(leases)));
            return new TrainingLoop(trainer, job.loop(), output, description, progress, stop).run(resume);
        }
    }

    private Stages<MetaTrainer.Stage> stages(TrainJob job, Tokenizer tokenizer, Leases leases) {
        List<MetaTrainer.Stage> stages = new ArrayList<>();
        for (TrainJob.TrainStage stage : job.stages()) {
            boolean last = stages.size() == job.stages().size() - 1;
            List<MetaTrainer.Source> sources = new ArrayList<>();
            for (TrainJob.TrainSource source : stage.tasks()) {
                Task task = Task.open(source.task(), tokenizer, plugins, leases);
                task.available(Split.TRAIN, 0, 1);
                int wanted = last ? part(job.validation().episodes(), sources.size(), stage.tasks().size()) : 0;
                int validated = wanted > 0 ? task.available(Split.VALIDATION, 0, wanted) : 0;
                sources.add(new MetaTrainer.Source(task.source(),
                        new Order(task.source().episodes(Split.TRAIN), job.seed()), validated));
            }
            Shares shares = new Shares(stage.tasks().stream().map(TrainJob.TrainSource::weight).toList(), job.seed());
            stages.add(new MetaTrainer.Stage(sources, shares, stage.episodes()));
        }
        return new Stages<>(job.stages(), TrainJob.TrainStage::steps, stages);
    }

    /** @return the i-th of some parts that whole is cut into, as equal as they can be */
    private static int part(int whole, int i, int parts) {
        return whole / parts + (i < whole % parts ? 1 : 0);
    }
}
