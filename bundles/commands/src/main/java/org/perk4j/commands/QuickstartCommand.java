package org.perk4j.commands;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.evaluation.Baselines;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.HeldOut;
import org.perk4j.evaluation.Metrics;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Task;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.MemoryStore;
import org.perk4j.plugin.Plugins;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what Perk4J does, with a small model that comes along. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=quickstart")
@CommandLine.Command(name = "quickstart", mixinStandardHelpOptions = true,
        description = {
            "Writes student records that no model has seen into memories, and answers questions from these; then measures "
                    + "that, at the length of training and at 4 times that length, against the same base model fine-tuned "
                    + "to answer with the records in its prompt, and against the base model without them.",
            "Takes some minutes on 2 cores.",
            "With --model a pretrained model remembers a text in free words instead, in less than a minute: a short story, "
                    + "or your own text, about which you then ask.",
            "'perk quickstart --model smollm2-135m' brings that model."})
public final class QuickstartCommand implements Command {

    /**
     * Contexts that are measured: some 1,000 tokens, within the lengths of the training, and some 4,000, with values of the
     * lists that the training drew from among others, and of lists that it never saw.
     */
    private static final List<Measured> MEASURED = List.of(new Measured(24, "known"), new Measured(24, "unseen"),
            new Measured(96, "known"), new Measured(96, "unseen"));

    private record Measured(int records, String values) {
    }

    private static final int ANSWER_TOKENS = 24;

    @Reference
    private Plugins plugins;

    @Reference
    private Memories memories;

    @Reference
    private MemoryStore store;

    @Reference
    private Evaluation evaluation;

    @Mixin
    private Output output;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", defaultValue = "perk-quickstart",
            description = "Folder for the report and the records. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(names = "--contexts", paramLabel = "N", defaultValue = "40", converter = OptionValues.Count.class,
            description = "Contexts of each length, with 5 questions each. Default: ${DEFAULT-VALUE}.")
    private int contexts;

    @Option(names = "--seed", defaultValue = "2026",
            description = "Which records: another seed gives others. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--model", paramLabel = "BASE",
            description = "A pretrained base model that has an adapter: a name that 'perk model list' tells, a folder or a "
                    + "GGUF file.")
    private Path model;

    @Option(names = "--text", paramLabel = "FILE",
            description = "With --model: your own text in UTF-8. Each line of standard input is a question about it.")
    private Path text;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (model == null && text != null) {
            throw new IllegalArgumentException("--text needs --model: the quickstart's own model knows student records only,"
                    + " --model smollm2-135m reads English");
        }
        try (OutputPlace place = OutputPlace.within(folder)) {
            if (model != null) {
                new TextDemo(memories, store, output, backend.choice(), folder).run(model, text);
                return OK;
            }
            showOne();
            output.text().printf("%nNow %d such contexts of each length, with 5 questions each:%n%n", contexts);
            output.text().flush();
            new Measurement(evaluation, output).run("Perk4J quickstart: Student Records", job());
            return OK;
        }
    }

    private PluginChoice records(Measured measured) {
        return PluginChoice.of("student-records", Map.of("seed", seed, "records", measured.records(), "questions", 5,
                "values", measured.values()));
    }

    private EvaluateJob job() {
        List<String> logs = new ArrayList<>();
        for (String run : List.of("base", "adapter", "ft-icr")) {
            logs.add(Installed.quickstart(run).resolve("log.jsonl").toString());
        }
        return new EvaluateJob(Installed.quickstart("base").toString(), Installed.quickstart("adapter").toString(),
                Installed.quickstart("ft-icr").toString(), true, Baselines.NONE, HeldOut.NONE, backend.choice(),
                MEASURED.stream().map(this::records).toList(),
                MEASURED.stream().map(measured -> measured.values() + " values").toList(), contexts, 0, ANSWER_TOKENS,
                EvaluateJob.BATCH, folder.resolve("measuring").toString(), logs, folder.resolve("report.html").toString());
    }

    /** Encodes one context, step by step, and leaves its memory as a file to play with. */
    private void showOne() throws IOException {
        PrintWriter text = output.text();
        Path file = folder.resolve("records.txt");
        TrainedAdapter trained = TrainedAdapter.open(Installed.quickstart("adapter"));
        BaseModel base = memories.base(Installed.quickstart("base"));
        try (OpenBase model = memories.open(base, backend.choice()); OpenBase.Writer writer = model.writer(trained)) {
            Episode episode = episode(base.tokenizer());
            AtomicFiles.writeString(file, episode.text());
            long begin = System.nanoTime();
            MemoryModel.Remembered remembered = writer.remember(episode.text(), file.toString(), writer.encoder(),
                    (passes, total) -> { });
            double seconds = (System.nanoTime() - begin) * 1e-9;
            OpenBase.Recollection recollection = model.recall(remembered.memory());
            text.printf("A context that no model has seen (%s), %d records:%n  %s%n  …%n", file, episode.segments().size(),
                    episode.segments().get(0));
            text.printf("Written into an adapter by gradient steps on its own text: %d tokens in %.1f s.%n%n",
                    remembered.memory().provenance().tokens(), seconds);
            text.println("Asked without the context in the prompt:");
            for (Question question : episode.questions()) {
                String answer = model.answer(recollection, base.question(remembered.memory(), question.text()),
                        Decoding.greedy(ANSWER_TOKENS)).strip();
                text.printf("  %s%n    %s%s%n", question.text(), Printable.line(answer),
                        Metrics.exactMatch(answer, question.answer())
                        ? "  (right)" : "  (wrong: " + question.answer() + ")");
            }
            text.printf("%nTo do the same by hand:%n  perk encode %s -o %s%n  perk ask %s \"%s\"%n", file,
                    folder.resolve("memory"), folder.resolve("memory"), episode.questions().get(0).text());
            text.flush();
        }
    }

    private Episode episode(Tokenizer tokenizer) {
        try (Leases leases = new Leases()) {
            return Task.open(records(MEASURED.get(0)), tokenizer, plugins, leases).source()
                    .episode(TaskSource.Split.TEST, contexts);
        }
    }
}
