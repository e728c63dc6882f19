package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Generator;
import org.perk4j.inference.Recipe;
import org.perk4j.inference.Segment;
import org.perk4j.inference.Segmentation;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/** Trains an adapter's initial values and learning rates, so that contexts can be encoded into it. */
final class MetaTrainer implements Trainer, AutoCloseable {

    /** The number of episodes of each task of a stage from which the length of its segments is estimated. */
    private static final int EPISODES_LOOKED_AT = 16;

    private final TrainJob job;
    private final Recipe.Origins plugins;
    private final BaseModel base;
    private final Learner learner;
    private final MetaObjective objective;
    private final EpisodeGradients gradients;
    private final EpisodeEncoder encoder;
    private final Optional<RetentionWindows> retained;
    private final Stages<Stage> stages;
    private final List<ParameterSpec> specs;
    private final Set<String> rates;

    /**
     * A stage with its plugins leased.
     *
     * @param sources  provide the episodes, at least one
     * @param shares   pick the source of an episode
     * @param episodes the number of episodes in a step
     */
    record Stage(List<Source> sources, Shares shares, int episodes) {

        Episode training(long position) {
            Source source = sources.get(shares.pick(position));
            return source.task.episode(TaskSource.Split.TRAIN, source.order.number(position));
        }

        /** @return the validation episodes, of the sources in turn */
        List<Episode> validation() {
            int most = sources.stream().mapToInt(Source::validated).max().orElseThrow();
            return IntStream.range(0, most).boxed().flatMap(number -> sources.stream()
                    .filter(source -> number < source.validated)
                    .map(source -> source.task.episode(TaskSource.Split.VALIDATION, number))).toList();
        }
    }

    /**
     * One of the tasks of a stage.
     *
     * @param task      provides the episodes
     * @param order     their order
     * @param validated the number of validation episodes to use; in the last stage at least one, of all sources together
     */
    record Source(TaskSource task, Order order, int validated) {
    }

    MetaTrainer(TrainJob job, BaseModel base, Learner learner, MetaObjective objective, EpisodeEncoder encoder,
               Stages<Stage> stages, Optional<RetentionWindows> retained, Recipe.Origins plugins) {
        this.job = job;
        this.plugins = plugins;
        this.base = base;
        this.learner = learner;
        this.objective = objective;
        this.encoder = encoder;
        this.retained = retained;
        this.stages = stages;
        this.gradients = new EpisodeGradients(learner, objective, Runtime.getRuntime().availableProcessors());
        this.specs = objective.parameters(learner);
        this.rates = objective.groups(learner).stream().filter(group -> group.name().equals(ParameterGroup.RATES))
                .flatMap(group -> group.named().stream()).map(ParameterSpec::name).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Variables initial() throws IOException {
        if (job.from().isEmpty()) {
            return Variables.initial(specs, job.seed(), name -> learner.compute().download(learner.weights().get(name)));
        }
        TrainedAdapter earlier = TrainedAdapter.open(Path.of(job.from()));
        earlier.requireBase(base);
        return new Variables(specs, earlier.read(specs));
    }

    @Override
    public long steps() {
        return stages.steps();
    }

    @Override
    public long lastStage() {
        return stages.lastStart();
    }

    @Override
    public TrainStep trainStep(Variables values, long step, long position) {
        Stage stage = stages.at(step);
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            Parameters meta = values.uploadRow(compute);
            EpisodeGradients.Sum sum = gradients.of(meta, stage.episodes,
                    i -> encoded(stage, position + i), this::clipped);
            requireRetention(sum);
            return new TrainStep(sum.loss(), sum.accuracy(), sum.retention(), sum.tokens(), position + stage.episodes,
                    Variables.downloadRow(compute, specs, compute.scale(sum.gradient(), 1.0 / stage.episodes)));
        }
    }

    private EncodedEpisode encoded(Stage stage, long position) {
        EncodedEpisode episode = encoder.shuffled(stage.training(position), position);
        return retained.map(windows -> windows.with(episode)).orElse(episode);
    }

    /** A text that an objective ignores would silently change nothing. */
    private void requireRetention(EpisodeGradients.Sum sum) {
        if (retained.isPresent() && Double.isNaN(sum.retention()) && Double.isFinite(sum.loss())) {
            throw new IllegalArgumentException("retention: the objective " + job.objective().type()
                    + " has no such term: leave retention out, or take perk");
        }
    }

    /** @return an episode's gradient, clipped to a largest norm */
    private Tensor clipped(Compute compute, Tensor gradient) {
        double limit = job.outer().clipEpisode();
        return limit == 0 ? gradient : EpisodeClipping.clipped(compute, gradient, limit);
    }

    @Override
    public Validation validate(Variables values) {
        Compute compute = learner.compute();
        List<Episode> episodes = stages.last().validation();
        double loss = 0;
        List<String> written = new ArrayList<>();
        List<Question> asked = new ArrayList<>();
        try (Scope scope = compute.scope()) {
            Parameters meta = values.uploadRow(compute);
            for (int i = 0; i < episodes.size(); i++) {
                Episode episode = episodes.get(i);
                EncodedEpisode encoded = encoder.ordered(episode, i);
                int share = (job.validation().answers() - asked.size() + episodes.size() - i - 1) / (episodes.size() - i);
                List<Question> questions = episode.questions().subList(0, Math.min(episode.questions().size(), share));
                try (Scope each = compute.scope()) {
                    Parameters adapter = objective.encode(learner, meta, encoded.segments(), passes -> { }).adapter();
                    loss += objective.loss(learner, adapter, encoded.answers()) / episodes.size();
                    written.addAll(answers(adapter, encoded.segments().size(), questions));
                    asked.addAll(questions);
                }
            }
        }
        return new Validation(loss, asked.isEmpty() ? Double.NaN : Answers.shareRight(written, asked));
    }

    private List<String> answers(Parameters adapter, int documents, List<Question> questions) {
        List<int[]> prompts = questions.stream().map(question -> encoder.question(documents, question.text())).toList();
        return new Generator(learner.compute(), learner.model(), learner.weights(), base.tokenizer().endsOfAnswer())
                .generate(prompts, learner.adapter().with(adapter, Dropout.NONE),
                        Decoding.greedy(job.validation().answerTokens()))
                .stream().map(base.tokenizer()::decode).toList();
    }

    @Override
    public boolean isLearningRate(ParameterSpec parameter) {
        return rates.contains(parameter.name());
    }

    @Override
    public void afterStep(Variables values, Variables gradient, long step) {
        String prefix = ParameterGroup.ADAPTER + ".";
        learner.adapter().afterStep(step, steps(), values.under(prefix).byName(), gradient.under(prefix).byName());
    }

    @Override
    public void export(Variables values, TrainingState.Counters counters, Path folder) throws IOException {
        Safetensors.write(folder.resolve(TrainedAdapter.PARAMETERS), Map.of("format", "pt"), values.matrices(""));
        Map<String, Object> configuration = exportAdapter(values, folder);
        configuration.put("base_model_name_or_path", job.base());
        AtomicFiles.writeString(folder.resolve("adapter_config.json"), Json.write(configuration));
        AtomicFiles.writeString(folder.resolve(TrainedAdapter.MANIFEST), Json.write(new TrainedAdapter.Manifest(
                base.fingerprint(), job.adapter(), job.optimizer(), job.objective(), job.support(), segmentation(),
                counters.bestStep() > 0 ? counters.bestStep() : counters.step(), plugins)));
    }

    /** The segmentation of the first episodes of the stages' tasks: the same when a run is resumed. */
    private Segmentation segmentation() {
        List<Segment> segments = new ArrayList<>();
        for (Stage stage : stages.all()) {
            for (Source source : stage.sources) {
                long episodes = source.task.episodes(TaskSource.Split.TRAIN).orElse(Long.MAX_VALUE);
                for (long i = 0; i < Math.min(episodes, EPISODES_LOOKED_AT); i++) {
                    segments.addAll(encoder.segments(source.task.episode(TaskSource.Split.TRAIN, i).segments()));
                }
            }
        }
        return encoder.readable(Segmentation.like(segments));
    }

    /**
     * Writes the adapter's initial values in PEFT's format, unless the objective learns none.
     *
     * @return the adapter's configuration
     */
    private Map<String, Object> exportAdapter(Variables values, Path folder) throws IOException {
        Compute compute = learner.compute();
        Variables initial = values.under(ParameterGroup.ADAPTER + ".");
        boolean whole = Set.copyOf(initial.names()).containsAll(
                learner.adapter().parameters().stream().map(ParameterSpec::name).toList());
        try (Scope scope = compute.scope()) {
            Optional<Adapter.Kept> kept = whole ? learner.adapter().kept(compute, initial.upload(compute))
                    : Optional.empty();
            Adapter adapter = kept.map(Adapter.Kept::adapter).orElse(learner.adapter());
            Variables saved = kept.isEmpty() ? initial
                    : Variables.download(compute, adapter.parameters(), kept.get().values().tensors());
            Safetensors.write(folder.resolve("adapter_model.safetensors"), Map.of("format", "pt"),
                    whole ? saved.inFiles() : List.of());
            return new LinkedHashMap<>(adapter.configuration());
        }
    }

    @Override
    public long peakBytes() {
        return gradients.peakBytes();
    }

    @Override
    public void close() {
        gradients.close();
    }
}
