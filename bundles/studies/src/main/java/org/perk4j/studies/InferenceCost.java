package org.perk4j.studies;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Method;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.PromptTooLongException;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Task;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.plugin.Plugins;

/**
 * Measures what answers cost: the time to encode a context and to answer each question about it, beside the time to answer
 * the first question and each further one with the context in the prompt, which is read once. Nothing else should be
 * computed meanwhile.
 *
 * @param plugins provides the tasks
 */
record InferenceCost(Memories memories, Plugins plugins) {

    /**
     * @param read called after each context
     * @return a result for each method and each of the job's contexts, as JSON. A method that can't read such contexts has
     *         a {@code problem} instead of numbers
     */
    List<Map<String, Object>> measure(EvaluateJob job, Runnable read) throws IOException {
        List<Map<String, Object>> results = new ArrayList<>();
        for (PluginChoice contexts : job.contexts()) {
            results.add(fromMemory(job, contexts, read));
            results.add(fromPrompt(job, contexts, read));
        }
        return results;
    }

    /** Times of a method, in seconds, of each context. */
    private static final class Times {

        private final List<Double> encode = new ArrayList<>();
        private final List<Double> first = new ArrayList<>();
        private final List<Double> further = new ArrayList<>();
        private long tokens;
        private int contexts;

        private static double seconds(Runnable work) {
            long begin = System.nanoTime();
            work.run();
            return (System.nanoTime() - begin) * 1e-9;
        }

        private static double median(List<Double> seconds) {
            if (seconds.isEmpty()) {
                return Double.NaN;
            }
            List<Double> sorted = seconds.stream().sorted().toList();
            return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
        }

        Map<String, Object> toJson(Method method, long peakBytes) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("method", method.key());
            json.put("contextTokens", tokens / contexts);
            json.put("encodeSeconds", encode.isEmpty() ? 0.0 : median(encode));
            json.put("firstAnswerSeconds", median(first));
            json.put("furtherAnswerSeconds", median(further));
            json.put("peakBytes", peakBytes);
            return json;
        }
    }

    /** Answers the questions about one context, one after another. */
    private static void answer(OpenBase model, List<OpenBase.Query> queries, EvaluateJob job, Times times) {
        for (int i = 0; i < queries.size(); i++) {
            OpenBase.Query query = queries.get(i);
            double seconds = Times.seconds(
                    () -> model.answer(query.memory(), query.prompt(), Decoding.greedy(job.answerTokens())));
            (i == 0 ? times.first : times.further).add(seconds);
        }
        model.forget(); // other contexts begin differently
    }

    private Map<String, Object> fromMemory(EvaluateJob job, PluginChoice contexts, Runnable read) throws IOException {
        TrainedAdapter trained = TrainedAdapter.open(Path.of(job.adapter()));
        try (Leases leases = new Leases();
                OpenBase model = memories.open(memories.base(Path.of(job.base())), job.backend());
                OpenBase.Writer writer = model.writer(trained)) {
            Task task = Task.open(contexts, model.base().tokenizer(), plugins, leases);
            EpisodeEncoder encoder = writer.encoder();
            Times times = new Times();
            int episodes = task.available(Split.TEST, job.first(), job.episodes());
            for (int i = 0; i < episodes; i++) {
                Episode episode = task.source().episode(Split.TEST, job.first() + i);
                List<EncodedText> documents = encoder.documents(encoder.segments(episode.segments()));
                if (i == 0) { // what is done once only, such as compiling, is no cost of a context
                    writer.write(documents.subList(0, 1)).recollection().close();
                }
                long begin = System.nanoTime();
                OpenBase.Written written = writer.write(documents);
                times.encode.add((System.nanoTime() - begin) * 1e-9);
                try (OpenBase.Recollection memory = written.recollection()) {
                    answer(model, episode.questions().stream().map(question -> new OpenBase.Query(memory,
                            encoder.question(documents.size(), question.text()))).toList(), job, times);
                }
                times.tokens += documents.stream().mapToLong(document -> document.tokens().length).sum();
                times.contexts++;
                read.run();
            }
            return times.toJson(Method.PERK, model.memory().peakBytes());
        }
    }

    private Map<String, Object> fromPrompt(EvaluateJob job, PluginChoice contexts, Runnable read) throws IOException {
        String base = job.ftIcr().isEmpty() ? job.base() : job.ftIcr();
        try (Leases leases = new Leases(); OpenBase model = memories.open(memories.base(Path.of(base)), job.backend())) {
            Task task = Task.open(contexts, model.base().tokenizer(), plugins, leases);
            EpisodeEncoder encoder = model.base().encoder(new Prompts(false));
            Times times = new Times();
            int episodes = task.available(Split.TEST, job.first(), job.episodes());
            for (int i = 0; i < episodes; i++) {
                Episode episode = task.source().episode(Split.TEST, job.first() + i);
                int[] context = encoder.context(episode.segments());
                List<OpenBase.Query> queries = episode.questions().stream().map(question ->
                        new OpenBase.Query(model.nothing(), encoder.questionInContext(context, question.text()))).toList();
                if (i == 0) { // as above
                    int[] prompt = encoder.question(1, episode.questions().get(0).text());
                    model.answer(model.nothing(), prompt, Decoding.greedy(1));
                    model.forget();
                }
                answer(model, queries, job, times);
                times.tokens += context.length;
                times.contexts++;
                read.run();
            }
            return times.toJson(Method.FT_ICR, model.memory().peakBytes());
        } catch (PromptTooLongException e) {
            return CellComputing.promptsTooLong();
        }
    }
}
