package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
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

    /**
     * A method at work.
     *
     * @param batch  contexts whose questions are answered together
     * @param asking how it comes to be asked about a context
     */
    private record Reader(Method method, MemoryModel model, EpisodeEncoder encoder, int batch, Asking asking) {
    }

    /** Makes a context ready to be asked about; what it is read with belongs to the innermost open scope. */
    private interface Asking {
        Asked about(Episode episode, List<EncodedText> documents);
    }

    /**
     * The questions about a context.
     *
     * @param prompts    one for each question
     * @param adaptation what all of them are read with
     */
    private record Asked(List<int[]> prompts, Adaptation adaptation) {
    }

    /** @return how many contexts {@link #run} reads, over all methods and lengths */
    public static long contexts(EvaluateJob job) {
        long methods = Stream.of(!job.adapter().isEmpty(), !job.ftIcr().isEmpty(), job.noContext()).filter(m -> m).count();
        return methods * job.contexts().size() * job.episodes();
    }

    /**
     * Runs a job. What can't be read, and prompts that are too long for their model, are found before any question is asked.
     *
     * @param progress told after each context which method read it, and how many were read so far; after the last of a
     *                 batch, once the questions about all of them are answered
     * @return every question with the answer given, methods and lengths one after another
     * @throws IOException              naming file, place and remedy, if something can't be read
     * @throws IllegalArgumentException naming the key, if the job can't be done
     */
    public List<Example> run(EvaluateJob job, ObjLongConsumer<Method> progress) throws IOException {
        try (Leases leases = new Leases()) {
            List<TaskSource> tasks = new ArrayList<>();
            for (PluginChoice choice : job.contexts()) {
                tasks.add(task(leases.add(plugins.lease(TaskType.class, choice.type())).get(), choice));
            }
            requireThatPromptsFit(job, tasks);
            return run(job, tasks, progress);
        }
    }

    /** The prompts with contexts come last, and are the longest. */
    private void requireThatPromptsFit(EvaluateJob job, List<TaskSource> tasks) throws IOException {
        if (job.ftIcr().isEmpty()) {
            return;
        }
        try (BaseModel model = BaseModel.open(Path.of(job.ftIcr()), plugins)) {
            EpisodeEncoder encoder = model.encoder(new Prompts(false));
            for (TaskSource task : tasks) {
                for (int i = 0; i < job.episodes(); i++) {
                    promptsWithContext(task.episode(TaskSource.Split.TEST, job.first() + i), encoder);
                }
            }
        }
    }

    private List<Example> run(EvaluateJob job, List<TaskSource> tasks, ObjLongConsumer<Method> progress) throws IOException {
        List<Example> examples = new ArrayList<>();
        long[] done = {0};
        if (!job.adapter().isEmpty()) {
            TrainedAdapter trained = TrainedAdapter.open(Path.of(job.adapter()));
            try (MemoryModel model = open(job.base(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(trained.manifest().support()));
                MemoryModel.Writer writer = model.writer(trained);
                ask(job, tasks, new Reader(Method.PERK, model, encoder, job.batch(), (episode, documents) -> new Asked(
                        prompts(episode, question -> encoder.question(documents.size(), question)),
                        writer.adaptation(writer.encode(documents, passes -> { })))), examples, progress, done);
            }
        }
        if (!job.ftIcr().isEmpty()) {
            try (MemoryModel model = open(job.ftIcr(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                // One context at a time: what a batch of prompts begins with is read once, here nearly all of it.
                ask(job, tasks, new Reader(Method.FT_ICR, model, encoder, 1, (episode, documents) ->
                        new Asked(promptsWithContext(episode, encoder), Adaptation.NONE)), examples, progress, done);
            }
        }
        if (job.noContext()) {
            try (MemoryModel model = open(job.base(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                ask(job, tasks, new Reader(Method.NO_CONTEXT, model, encoder, job.batch(), (episode, documents) -> new Asked(
                        prompts(episode, question -> encoder.question(documents.size(), question)), Adaptation.NONE)),
                        examples, progress, done);
            }
        }
        return examples;
    }

    private MemoryModel open(String folder, EvaluateJob job) throws IOException {
        return MemoryModel.open(BaseModel.open(Path.of(folder), plugins), job.backend(), plugins, autodiff);
    }

    private static List<int[]> promptsWithContext(Episode episode, EpisodeEncoder encoder) {
        int[] context = encoder.context(episode.segments());
        return prompts(episode, question -> encoder.questionInContext(context, question));
    }

    private static List<int[]> prompts(Episode episode, Function<String, int[]> prompt) {
        return episode.questions().stream().map(Question::text).map(prompt).toList();
    }

    private void ask(EvaluateJob job, List<TaskSource> tasks, Reader reader, List<Example> examples,
                     ObjLongConsumer<Method> progress, long[] done) {
        for (TaskSource task : tasks) {
            List<Question> questions = new ArrayList<>();
            List<String> given = new ArrayList<>();
            long tokens = 0;
            for (int first = 0; first < job.episodes(); first += reader.batch()) {
                int last = Math.min(first + reader.batch(), job.episodes()) - 1;
                List<int[]> prompts = new ArrayList<>();
                List<Adaptation> adaptations = new ArrayList<>();
                try (Scope scope = reader.model().compute().scope()) {
                    for (int i = first; i <= last; i++) {
                        Episode episode = task.episode(TaskSource.Split.TEST, job.first() + i);
                        List<EncodedText> documents = reader.encoder().documents(episode.segments());
                        tokens += documents.stream().mapToLong(d -> d.tokens().length).sum();
                        Asked asked = reader.asking().about(episode, documents);
                        prompts.addAll(asked.prompts());
                        adaptations.addAll(Collections.nCopies(asked.prompts().size(), asked.adaptation()));
                        questions.addAll(episode.questions());
                        if (i == last) {
                            given.addAll(reader.model().complete(prompts, adaptations, Decoding.greedy(job.answerTokens())));
                        }
                        progress.accept(reader.method(), ++done[0]);
                    }
                }
            }
            int length = Math.toIntExact(tokens / job.episodes());
            for (int q = 0; q < given.size(); q++) {
                examples.add(new Example(reader.method(), length, questions.get(q), given.get(q)));
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
