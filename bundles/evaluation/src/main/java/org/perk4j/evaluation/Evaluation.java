package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.OutputPlace;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Segmenter;
import org.perk4j.inference.Task;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.Plugins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a model that has encoded the context, one with the context in its prompt, and one without the context the same
 * questions. A service; thread-safe.
 */
@Component(service = Evaluation.class)
public final class Evaluation {

    private static final Logger LOG = LoggerFactory.getLogger(Evaluation.class);

    /** The report shows some examples of each method and length, not all. */
    private static final int SHOWN_EXAMPLES = 5;

    private final Memories memories;
    private final Plugins plugins;
    private final MemoryStore store;

    /**
     * @param plugins provides the tasks that a job picks
     * @param store   stores and loads memories, if contexts go through files
     */
    @Activate
    public Evaluation(@Reference Memories memories, @Reference Plugins plugins, @Reference MemoryStore store) {
        this.memories = memories;
        this.plugins = plugins;
        this.store = store;
    }

    /**
     * A method with its model.
     *
     * @param batch  the number of contexts whose questions are answered together
     * @param asking builds prompts and the adaptation for a context
     */
    private record Reader(Method method, OpenBase model, int batch, Asking asking) {
    }

    /** Prepares the questions about a context. */
    private interface Asking {
        Asked about(Episode episode) throws IOException;
    }

    /**
     * The questions about a context, prepared.
     *
     * @param tokens  the length of the context, as documents
     * @param prompts one for each question
     * @param memory  the memory for all of them
     * @param problem why the context could not be encoded, if it could not
     */
    private record Asked(long tokens, List<int[]> prompts, OpenBase.Recollection memory, Optional<String> problem) {
    }

    /**
     * Contexts of one kind and length.
     *
     * @param name     their name
     * @param task     provides them
     * @param episodes their number
     */
    private record Length(String name, Task task, int episodes) {
    }

    /** Receives the progress of an evaluation. */
    @ConsumerType
    @FunctionalInterface
    public interface Progress {

        /**
         * Called after each context, by the evaluation's thread.
         *
         * @param method the method that read the context
         * @param done   the number of contexts read, over all methods and lengths; the last of a batch counts only when the
         *               questions about the whole batch are answered
         * @param total  the number of contexts to read
         */
        void read(Method method, long done, long total);
    }

    /**
     * Runs a job. Unreadable files and prompts that are too long for their model are reported before any question
     * is asked.
     *
     * @return every question with the given answer, ordered by method and length
     * @throws IOException              naming file, place and remedy, if something can't be read
     * @throws IllegalArgumentException naming the key, if the job can't be run
     */
    public List<Example> run(EvaluateJob job, Progress progress) throws IOException {
        try (Leases leases = new Leases()) {
            BaseModel base = leases.add(memories.base(Path.of(job.base())));
            List<Length> lengths = new ArrayList<>();
            for (int i = 0; i < job.contexts().size(); i++) {
                Task task = Task.open(job.contexts().get(i), base.tokenizer(), plugins, leases);
                lengths.add(new Length(job.names().isEmpty() ? "" : job.names().get(i), task,
                        task.available(Split.TEST, job.first(), job.episodes())));
            }
            requireThatPromptsFit(job, lengths);
            return run(job, lengths, progress);
        }
    }

    /**
     * Runs a job, and writes its report if it names a file for one.
     *
     * @param title of the report
     * @return one result for each method and contexts
     * @throws IOException              naming file, place and remedy, if something can't be read, or the report not written
     * @throws IllegalArgumentException naming the key, if the job can't be run
     */
    public List<EvaluationResult> measure(String title, EvaluateJob job, Progress progress) throws IOException {
        List<TrainingCurve> curves = new ArrayList<>();
        for (String log : job.logs()) {
            Path path = Path.of(log);
            curves.add(TrainingCurve.read(String.valueOf(path.toAbsolutePath().getParent().getFileName()), path));
        }
        if (job.report().isEmpty()) {
            return results(run(job, progress));
        }
        Path report = Path.of(job.report());
        try (OutputPlace place = OutputPlace.ofFile(report)) {
            List<Example> examples = run(job, progress);
            List<EvaluationResult> results = results(examples);
            Report.write(report, title, results, curves, some(examples));
            return results;
        }
    }

    private static List<Example> some(List<Example> examples) {
        Map<String, Integer> shown = new HashMap<>();
        return examples.stream()
                .filter(e -> shown.merge(e.method().key() + e.contexts(), 1, Integer::sum) <= SHOWN_EXAMPLES)
                .toList();
    }

    /** Checks the prompts with contexts, which come last and are the longest. */
    private void requireThatPromptsFit(EvaluateJob job, List<Length> lengths) throws IOException {
        if (job.ftIcr().isEmpty()) {
            return;
        }
        try (BaseModel model = memories.base(Path.of(job.ftIcr()))) {
            EpisodeEncoder encoder = model.encoder(new Prompts(false));
            for (Length length : lengths) {
                for (int i = 0; i < length.episodes(); i++) {
                    promptsWithContext(length.task().source().episode(Split.TEST, job.first() + i), encoder);
                }
            }
        }
    }

    private List<Example> run(EvaluateJob job, List<Length> lengths, Progress progress) throws IOException {
        List<Example> examples = new ArrayList<>();
        long methods = Stream.of(!job.adapter().isEmpty(), !job.ftIcr().isEmpty(), job.noContext()).filter(m -> m).count();
        long total = methods * lengths.stream().mapToLong(Length::episodes).sum();
        long[] done = {0};
        Consumer<Method> read = method -> progress.read(method, ++done[0], total);
        if (!job.adapter().isEmpty()) {
            TrainedAdapter trained = TrainedAdapter.open(Path.of(job.adapter()));
            try (OpenBase model = open(job.base(), job); OpenBase.Writer writer = model.writer(trained)) {
                EpisodeEncoder encoder = writer.encoder();
                Asking direct = episode -> {
                    List<EncodedText> documents = documents(episode, encoder);
                    OpenBase.Written written = writer.write(documents);
                    return new Asked(tokens(documents),
                            prompts(episode, question -> encoder.question(documents.size(), question)),
                            written.recollection(), written.encoding().problem());
                };
                Asking throughFiles = episode -> throughFiles(Path.of(job.files()), episode, encoder, writer, model);
                ask(job, lengths, new Reader(Method.PERK, model, job.batch(),
                        job.files().isEmpty() ? direct : throughFiles), examples, read);
            } finally {
                if (!job.files().isEmpty()) {
                    AtomicFiles.deleteTree(Path.of(job.files()));
                }
            }
        }
        if (!job.ftIcr().isEmpty()) {
            try (OpenBase model = open(job.ftIcr(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                // One context at a time: its prompts share nearly all their tokens, and a common beginning is read once.
                ask(job, lengths, new Reader(Method.FT_ICR, model, 1, episode ->
                        new Asked(tokens(documents(episode, encoder)), promptsWithContext(episode, encoder), model.nothing(),
                                Optional.empty())), examples, read);
            }
        }
        if (job.noContext()) {
            try (OpenBase model = open(job.base(), job)) {
                EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
                ask(job, lengths, new Reader(Method.NO_CONTEXT, model, job.batch(), episode -> {
                    List<EncodedText> documents = documents(episode, encoder);
                    return new Asked(tokens(documents),
                            prompts(episode, question -> encoder.question(documents.size(), question)),
                            model.nothing(), Optional.empty());
                }), examples, read);
            }
        }
        return examples;
    }

    private OpenBase open(String folder, EvaluateJob job) throws IOException {
        return memories.open(memories.base(Path.of(folder)), job.backend());
    }

    /** Takes the way of a user's text: a file that is encoded into a memory on disk, which is loaded and asked. */
    private Asked throughFiles(Path folder, Episode episode, EpisodeEncoder encoder, OpenBase.Writer writer, OpenBase model)
            throws IOException {
        Path text = folder.resolve("text.txt");
        Path memory = folder.resolve("memory");
        AtomicFiles.writeString(text, episode.text());
        try (MemoryStore.Place place = store.reserve(memory, true)) {
            MemoryModel.Remembered written = writer.remember(Segmenter.read(text), text.toString(), encoder,
                    (passes, total) -> { });
            written.encoding().requireFinite();
            place.write(written.memory());
            Memory read = store.read(memory);
            return new Asked(read.provenance().tokens(), prompts(episode, question -> model.base().question(read, question)),
                    model.recall(read), written.encoding().problem());
        }
    }

    private static List<EncodedText> documents(Episode episode, EpisodeEncoder encoder) {
        return encoder.documents(encoder.segments(episode.segments()));
    }

    private static long tokens(List<EncodedText> documents) {
        return documents.stream().mapToLong(document -> document.tokens().length).sum();
    }

    private static List<int[]> promptsWithContext(Episode episode, EpisodeEncoder encoder) {
        int[] context = encoder.context(episode.segments());
        return prompts(episode, question -> encoder.questionInContext(context, question));
    }

    private static List<int[]> prompts(Episode episode, Function<String, int[]> prompt) {
        return episode.questions().stream().map(Question::text).map(prompt).toList();
    }

    private void ask(EvaluateJob job, List<Length> lengths, Reader reader, List<Example> examples, Consumer<Method> read)
            throws IOException {
        for (Length length : lengths) {
            List<Question> questions = new ArrayList<>();
            List<String> given = new ArrayList<>();
            List<String> problems = new ArrayList<>();
            long tokens = 0;
            for (int first = 0; first < length.episodes(); first += reader.batch()) {
                int last = Math.min(first + reader.batch(), length.episodes()) - 1;
                List<OpenBase.Query> queries = new ArrayList<>();
                try (Leases held = new Leases()) {
                    for (int i = first; i <= last; i++) {
                        Episode episode = length.task().source().episode(Split.TEST, job.first() + i);
                        Asked asked = asked(reader, episode, length, job.first() + i);
                        tokens += asked.tokens();
                        asked.problem().ifPresent(problems::add);
                        held.add(asked.memory());
                        asked.prompts().forEach(prompt -> queries.add(new OpenBase.Query(asked.memory(), prompt)));
                        questions.addAll(episode.questions());
                        if (i == last) {
                            given.addAll(reader.model().answers(queries, Decoding.greedy(job.answerTokens())));
                            reader.model().forget(); // other contexts begin differently
                        }
                        read.accept(reader.method());
                    }
                }
            }
            Contexts contexts = new Contexts(length.name(), Math.toIntExact(tokens / length.episodes()));
            if (!problems.isEmpty()) {
                LOG.warn("{} of {} contexts of {} tokens{} could not be encoded, so answers from them are of little use. "
                        + "The first: {}", problems.size(), length.episodes(), contexts.tokens(),
                        contexts.name().isEmpty() ? "" : " (" + contexts.name() + ")", problems.get(0));
            }
            for (int q = 0; q < given.size(); q++) {
                examples.add(new Example(reader.method(), contexts, questions.get(q), given.get(q)));
            }
        }
    }

    private static Asked asked(Reader reader, Episode episode, Length length, long number)
            throws IOException {
        try {
            return reader.asking().about(episode);
        } catch (NotFiniteException e) {
            throw new NotFiniteException("test episode " + number + " of " + length.task().choice().type() + ": "
                    + e.getMessage());
        }
    }

    /** @return one result for each pair of method and contexts in the examples, in their order */
    public static List<EvaluationResult> results(List<Example> examples) {
        List<EvaluationResult> results = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= examples.size(); i++) {
            Example first = examples.get(start);
            if (i == examples.size() || examples.get(i).method() != first.method()
                    || !examples.get(i).contexts().equals(first.contexts())) {
                results.add(EvaluationResult.of(first.method(), first.contexts(), examples.subList(start, i)));
                start = i;
            }
        }
        return results;
    }
}
