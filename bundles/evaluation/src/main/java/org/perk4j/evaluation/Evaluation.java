package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.formats.OutputPlace;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.PromptTooLongException;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Segmenter;
import org.perk4j.inference.Task;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.Plugins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the same questions by several {@linkplain Method methods}: from memories of the contexts, with the context in the
 * prompt, and without it. A service; thread-safe.
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
        return Answers.examples(answers(job, progress));
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
            return answers(job, progress).stream().map(Answers::result).toList();
        }
        Path report = Path.of(job.report());
        try (OutputPlace place = OutputPlace.ofFile(report)) {
            List<Answers> answers = answers(job, progress);
            List<EvaluationResult> results = answers.stream().map(Answers::result).toList();
            Report.write(report, title, results, curves, some(Answers.examples(answers)));
            return results;
        }
    }

    private static List<Example> some(List<Example> examples) {
        Map<String, Integer> shown = new HashMap<>();
        return examples.stream()
                .filter(e -> shown.merge(e.method().key() + e.contexts(), 1, Integer::sum) <= SHOWN_EXAMPLES)
                .toList();
    }

    /** What a method answered about contexts. */
    private record Answers(List<Example> examples, Optional<Forgetting> forgetting) {

        EvaluationResult result() {
            Example first = examples.get(0);
            return EvaluationResult.of(first.method(), first.contexts(), examples).with(forgetting);
        }

        static List<Example> examples(List<Answers> answers) {
            return answers.stream().flatMap(each -> each.examples.stream()).toList();
        }
    }

    /** Checks the prompts with contexts, which come last and are the longest. */
    private static void requireThatPromptsFit(EvaluateJob job, MethodsOfJob methods, List<Length> lengths)
            throws IOException {
        for (Map.Entry<Method, MethodsOfJob.Prompts> each : methods.prompts().entrySet()) {
            try (BaseModel model = methods.base(each.getKey())) {
                Prompting prompting = each.getValue().of(model);
                for (Length length : lengths) {
                    for (int i = 0; i < length.episodes(); i++) {
                        prompting.prompts(length.task().source().episode(Split.TEST, job.first() + i));
                    }
                }
            } catch (PromptTooLongException e) {
                throw e.of(each.getKey().title());
            }
        }
    }

    private List<Answers> answers(EvaluateJob job, Progress progress) throws IOException {
        MethodsOfJob methods = new MethodsOfJob(job, memories, store);
        try (Leases leases = new Leases()) {
            BaseModel base = leases.add(memories.base(Path.of(job.base())));
            List<Length> lengths = new ArrayList<>();
            for (int i = 0; i < job.contexts().size(); i++) {
                Task task = Task.open(job.contexts().get(i), base.tokenizer(), plugins, leases);
                lengths.add(new Length(job.names().isEmpty() ? "" : job.names().get(i), task,
                        task.available(Split.TEST, job.first(), job.episodes())));
            }
            Unrelated unrelated = new Unrelated(windows(job.heldOut(), base));
            requireThatPromptsFit(job, methods, lengths);
            List<Answers> all = new ArrayList<>();
            List<MethodsOfJob.Opening> openings = methods.all();
            long total = openings.size() * lengths.stream().mapToLong(Length::episodes).sum();
            long[] done = {0};
            for (MethodsOfJob.Opening opening : openings) {
                try (Answering method = opening.open()) {
                    for (Length length : lengths) {
                        all.add(ask(job, length, method, unrelated,
                                () -> progress.read(method.method(), ++done[0], total)));
                    }
                }
            }
            return all;
        }
    }

    /** A held-out text. All methods that have memories have the job's base: its loss without one is computed once. */
    private static final class Unrelated {

        private final List<EncodedText> windows;
        private double without = Double.NaN;

        Unrelated(List<EncodedText> windows) {
            this.windows = windows;
        }

        /** @param losses with each memory; empty if there were none */
        Optional<Forgetting> forgetting(OpenBase model, List<Double> losses) {
            if (losses.isEmpty()) {
                return Optional.empty();
            }
            if (Double.isNaN(without)) {
                without = model.loss(model.nothing(), windows);
            }
            return Optional.of(Forgetting.of(without, losses));
        }
    }

    /** @return the held-out text in windows; empty for none */
    private static List<EncodedText> windows(HeldOut text, BaseModel base) throws IOException {
        List<EncodedText> windows = new ArrayList<>();
        if (!text.text().isEmpty()) {
            int[] all = base.tokenizer().encode(Segmenter.read(Path.of(text.text())));
            int most = Math.min(all.length, text.tokens());
            for (int start = 0; start + 1 < most; start += text.window()) {
                windows.add(new EncodedText(Arrays.copyOfRange(all, start, Math.min(most, start + text.window())), 1));
            }
        }
        return windows;
    }

    private static Answers ask(EvaluateJob job, Length length, Answering method, Unrelated unrelated, Runnable read)
            throws IOException {
        OpenBase model = method.model();
        EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
        List<Question> questions = new ArrayList<>();
        List<String> given = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        long tokens = 0;
        for (int first = 0; first < length.episodes(); first += method.batch()) {
            int last = Math.min(first + method.batch(), length.episodes()) - 1;
            List<OpenBase.Query> queries = new ArrayList<>();
            try (Leases held = new Leases()) {
                for (int i = first; i <= last; i++) {
                    Episode episode = length.task().source().episode(Split.TEST, job.first() + i);
                    Answering.Asked asked = asked(method, episode, length, job.first() + i);
                    tokens += encoder.documents(encoder.segments(episode.segments())).stream()
                            .mapToLong(document -> document.tokens().length).sum();
                    asked.problem().ifPresent(problems::add);
                    held.add(asked.memory());
                    asked.prompts().forEach(prompt -> queries.add(new OpenBase.Query(asked.memory(), prompt)));
                    questions.addAll(episode.questions());
                    if (!unrelated.windows.isEmpty() && asked.memory() != model.nothing()) {
                        losses.add(model.loss(asked.memory(), unrelated.windows));
                    }
                    if (i == last) {
                        given.addAll(model.answers(queries, Decoding.greedy(job.answerTokens())));
                        model.forget(); // other contexts begin differently
                    }
                    read.run();
                }
            }
        }
        Contexts contexts = new Contexts(length.name(), Math.toIntExact(tokens / length.episodes()));
        if (!problems.isEmpty()) {
            LOG.warn("{}: {} of {} contexts of {} tokens{} could not be encoded, so answers from them are of little use. "
                    + "The first: {}", method.method().title(), problems.size(), length.episodes(), contexts.tokens(),
                    contexts.name().isEmpty() ? "" : " (" + contexts.name() + ")", problems.get(0));
        }
        List<Example> examples = new ArrayList<>();
        for (int q = 0; q < given.size(); q++) {
            examples.add(new Example(method.method(), contexts, questions.get(q), given.get(q)));
        }
        return new Answers(examples, unrelated.forgetting(model, losses));
    }

    private static Answering.Asked asked(Answering method, Episode episode, Length length, long number)
            throws IOException {
        try {
            return method.about(episode);
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
