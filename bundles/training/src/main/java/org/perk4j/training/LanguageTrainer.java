package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Generator;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;

/** Trains all weights of a model to continue token sequences. */
final class LanguageTrainer implements Trainer {

    private final PretrainJob job;
    private final Compute compute;
    private final BaseModel base;
    private final EpisodeEncoder encoder;
    private final LanguageGradient gradient;
    private final Stages<Mixture> stages;

    LanguageTrainer(PretrainJob job, Compute compute, BaseModel base, EpisodeEncoder encoder, LanguageGradient gradient,
                   Stages<Mixture> stages) {
        this.job = job;
        this.compute = compute;
        this.base = base;
        this.encoder = encoder;
        this.gradient = gradient;
        this.stages = stages;
    }

    @Override
    public Variables initial() throws IOException {
        return job.base().isEmpty() ? Variables.initial(base.model().parameters(), job.seed())
                : new Variables(base.model().parameters(), base.weights());
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
        Mixture mixture = stages.at(step);
        List<Sequence> sequences = new ArrayList<>();
        long tokens = 0;
        long next = position;
        while (tokens < job.tokensPerStep()) {
            List<Sequence> drawn = mixture.training(next++);
            sequences.addAll(drawn);
            tokens += drawn.stream().mapToLong(Sequence::length).sum();
        }
        LanguageGradient.Result result = gradient.of(values, sequences);
        return new TrainStep(result.loss(), Double.NaN, tokens, next, result.gradient());
    }

    @Override
    public Validation validate(Variables values) {
        Mixture mixture = stages.last();
        try (Scope scope = compute.scope()) {
            Parameters weights = values.upload(compute);
            return new Validation(gradient.loss(weights, mixture.validation(job.validation().episodes())),
                    exactMatch(weights, mixture));
        }
    }

    private double exactMatch(Parameters weights, Mixture mixture) {
        List<EpisodeSequences> tasks = mixture.sources().stream()
                .filter(source -> source instanceof EpisodeSequences task && task.answers())
                .map(EpisodeSequences.class::cast).toList();
        if (tasks.isEmpty() || job.validation().answers() == 0) {
            return Double.NaN;
        }
        List<int[]> prompts = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        for (Episode episode : validated(tasks, job.validation().answers())) {
            Question question = episode.questions().get(0);
            questions.add(question);
            prompts.add(encoder.questionInContext(encoder.context(episode.segments()), question.text()));
        }
        List<int[]> answers = new Generator(compute, base.model(), weights, base.tokenizer().endsOfAnswer())
                .generate(prompts, Adaptation.NONE, Decoding.greedy(job.validation().answerTokens()));
        return Answers.shareRight(answers.stream().map(base.tokenizer()::decode).toList(), questions);
    }

    /** @return this number of validation episodes, or all that exist, from the tasks in turn */
    private static List<Episode> validated(List<EpisodeSequences> tasks, int most) {
        return IntStream.range(0, most).boxed()
                .flatMap(n -> tasks.stream().filter(task -> n < task.validations()).map(task -> task.validationEpisode(n)))
                .limit(most).toList();
    }

    @Override
    public void export(Variables values, TrainingState.Counters counters, Path folder) throws IOException {
        for (String name : base.tokenizerFiles()) {
            Path source = base.tokenizerFolder().resolve(name);
            if (Files.exists(source)) {
                byte[] content = InputFiles.read(source);
                AtomicFiles.write(folder.resolve(name), stream -> stream.write(content));
            }
        }
        Safetensors.write(folder.resolve("model.safetensors"), Map.of("format", "pt"), values.weights());
        AtomicFiles.writeString(folder.resolve("config.json"), Json.write(config()));
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>();
        if (job.base().isEmpty()) {
            config.put("model_type", job.model().type());
            config.put("bos_token_id", base.tokenizer().endOfText());
            config.put("eos_token_id", base.tokenizer().endOfText());
        }
        config.putAll(base.config());
        return config;
    }

    @Override
    public long peakBytes() {
        return compute.memory().peakBytes();
    }
}
