package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.model.Adaptation;
import org.perk4j.plugin.Plugins;

/**
 * Asks the same questions of a model that has the context in memory, of one that has it in its prompt, and of one that
 * doesn't have it. A service; thread-safe.
 */
@Component(service = Evaluation.class)
public final class Evaluation {

    private final Plugins plugins;
    private final Autodiff autodiff;

    /** @param plugins what the job picks from */
    @Activate
    public Evaluation(@Reference Plugins plugins, @Reference Autodiff autodiff) {
        this.plugins = plugins;
        this.autodiff = autodiff;
    }

    /** Answers the questions of one episode. */
    private interface Reader {
        List<String> answers(Episode episode, List<EncodedText> documents);
    }

    /** @return how many contexts {@link #run} reads, over all methods and lengths */
    public static long contexts(EvaluateJob job) {
        long methods = Stream.of(!job.adapter().isEmpty(), !job.ftIcr().isEmpty(), job.noContext()).filter(m -> m).count();
        return methods * job.contexts().size() * job.episodes();
    }

    /**
     * Runs a job.
     *
     * @param progress told after each context which method read it, and how many were read so far
     * @return every question with the answer given, methods and lengths one after another
     * @throws IOException              naming file, place and remedy, if something can't be read
     * @throws IllegalArgumentException naming the key, if the job can't be done
     */
    public List<Example> run(EvaluateJob job, ObjLongConsumer<Method> progress) throws IOException {
        List<Example> examples = new ArrayList<>();
        long[] done = {0};
        if (!job.adapter().isEmpty()) {
            TrainedAdapter trained = TrainedAdapter.open(Path.of(job.adapter()));
            try (MemoryModel model = open(job.base(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(trained.manifest().support()));
                MemoryModel.Writer writer = model.writer(trained);
                ask(job, Method.PERK, model, encoder, (episode, documents) -> {
                    Adaptation memory = writer.adaptation(writer.encode(documents, passes -> { }));
                    return model.complete(prompts(episode, question -> encoder.question(documents.size(), question)),
                            memory, Decoding.greedy(job.answerTokens()));
                }, examples, progress, done);
            }
        }
        if (!job.ftIcr().isEmpty()) {
            try (MemoryModel model = open(job.ftIcr(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                ask(job, Method.FT_ICR, model, encoder, (episode, documents) -> {
                    int[] context = encoder.context(episode.segments());
                    return model.complete(prompts(episode, question -> encoder.questionInContext(context, question)),
                            Adaptation.NONE, Decoding.greedy(job.answerTokens()));
                }, examples, progress, done);
            }
        }
        if (job.noContext()) {
            try (MemoryModel model = open(job.base(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                ask(job, Method.NO_CONTEXT, model, encoder, (episode, documents) -> model.complete(
                        prompts(episode, question -> encoder.question(documents.size(), question)), Adaptation.NONE,
                        Decoding.greedy(job.answerTokens())), examples, progress, done);
            }
        }
        return examples;
    }

    private MemoryModel open(String folder, EvaluateJob job) throws IOException {
        return MemoryModel.open(BaseModel.open(Path.of(folder), plugins), job.backend(), plugins, autodiff);
    }

    private static List<int[]> prompts(Episode episode, Function<String, int[]> prompt) {
        return episode.questions().stream().map(Question::text).map(prompt).toList();
    }

    private void ask(EvaluateJob job, Method method, MemoryModel model, EpisodeEncoder encoder, Reader reader,
                     List<Example> examples, ObjLongConsumer<Method> progress, long[] done) {
        for (PluginChoice choice : job.contexts()) {
            try (Leases leases = new Leases()) {
                TaskSource task = task(leases.add(plugins.lease(TaskType.class, choice.type())).get(), choice);
                List<Example> ofLength = new ArrayList<>();
                long tokens = 0;
                for (int i = 0; i < job.episodes(); i++) {
                    Episode episode = task.episode(TaskSource.Split.TEST, job.first() + i);
                    List<EncodedText> documents = encoder.documents(episode.segments());
                    tokens += documents.stream().mapToLong(d -> d.tokens().length).sum();
                    List<String> given;
                    try (Scope scope = model.compute().scope()) {
                        given = reader.answers(episode, documents);
                    }
                    for (int q = 0; q < given.size(); q++) {
                        ofLength.add(new Example(method, 0, episode.questions().get(q), given.get(q)));
                    }
                    progress.accept(method, ++done[0]);
                }
                int length = Math.toIntExact(tokens / job.episodes());
                ofLength.forEach(e -> examples.add(new Example(method, length, e.question(), e.given())));
            }
        }
    }

    private static <O extends Record> TaskSource task(TaskType<O> type, PluginChoice choice) {
        return type.create(Options.bind(choice, type.options()));
    }

    /** @return one result for each method and length among the examples, in their order */
    public static List<EvaluationResult> results(List<Example> examples) {
        List<EvaluationResult> results = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= examples.size(); i++) {
            Example first = examples.get(start);
            if (i == examples.size() || examples.get(i).method() != first.method()
                    || examples.get(i).contextTokens() != first.contextTokens()) {
                results.add(EvaluationResult.of(first.method(), first.contextTokens(), examples.subList(start, i)));
                start = i;
            }
        }
        return results;
    }
}
