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
import org.perk4j.formats.Json;
import org.perk4j.formats.OutputPlace;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Device;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Task;
import org.perk4j.plugin.Plugins;

/** Trains all weights of a language model on texts and task prompts. A service; thread-safe. */
@Component(service = LanguageTraining.class)
public final class LanguageTraining {

    /** On the heap: a weight, its gradient, two moments, and the best value so far. */
    private static final int BYTES_PER_WEIGHT = 5 * Float.BYTES;

    private final Plugins plugins;
    private final Autodiff autodiff;

    /** @param plugins provides the plugins that a job picks */
    @Activate
    public LanguageTraining(@Reference Plugins plugins, @Reference Autodiff autodiff) {
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
    public TrainingOutcome run(PretrainJob job, boolean resume, Progress progress, BooleanSupplier stop)
            throws IOException {
        Path output = Path.of(job.output());
        String description = Json.write(job);
        try (OutputPlace place = TrainingLoop.reserve(output, description, resume); Leases leases = new Leases()) {
            BaseModel base = leases.add(base(job));
            EpisodeEncoder encoder = base.encoder(new Prompts(job.support()));
            Stages<Mixture> stages = stages(job, base, encoder, leases);
            Compute compute = Device.open(job.backend(), plugins, leases);
            LanguageGradient gradient = new LanguageGradient(compute, autodiff, base.model(), job.microBatchTokens());
            LanguageTrainer trainer = new LanguageTrainer(job, compute, base, encoder, gradient, stages);
            return new TrainingLoop(trainer, job.loop(), output, description, progress, stop).run(resume);
        }
    }

    private BaseModel base(PretrainJob job) throws IOException {
        return job.base().isEmpty()
                ? BaseModel.create(job.model().type(), job.config(), Path.of(job.tokenizer()),
                        Runtime.getRuntime().maxMemory() / BYTES_PER_WEIGHT, plugins)
                : BaseModel.open(Path.of(job.base()), plugins);
    }

    private Stages<Mixture> stages(PretrainJob job, BaseModel base, EpisodeEncoder encoder, Leases leases)
            throws IOException {
        List<Mixture> mixtures = new ArrayList<>();
        for (PretrainJob.PretrainStage stage : job.stages()) {
            List<SequenceSource> sources = new ArrayList<>();
            boolean last = mixtures.size() == job.stages().size() - 1;
            int validated = last ? 1 + (job.validation().episodes() - 1) / stage.sources().size() : 0;
            for (PretrainJob.PretrainSource source : stage.sources()) {
                sources.add(source(source, validated, job, base, encoder, leases));
            }
            mixtures.add(new Mixture(sources, stage.sources().stream().map(PretrainJob.PretrainSource::weight).toList(),
                    job.seed()));
        }
        return new Stages<>(job.stages(), PretrainJob.PretrainStage::steps, mixtures);
    }

    /** @param validated the number of validation draws needed; 0 for none */
    private SequenceSource source(PretrainJob.PretrainSource source, int validated, PretrainJob job, BaseModel base,
                                  EpisodeEncoder encoder, Leases leases) throws IOException {
        int positions = base.model().size().positions();
        if (!source.files().isEmpty()) {
            return FileSequences.read(source.files(), base.tokenizer(), positions, job.seed());
        }
        Task task = Task.open(source.task(), base.tokenizer(), plugins, leases);
        task.available(Split.TRAIN, 0, 1);
        if (validated > 0) {
            task.available(Split.VALIDATION, 0, validated);
        }
        return new EpisodeSequences(task.source(), encoder, source.learn(), positions, job.seed());
    }
}
