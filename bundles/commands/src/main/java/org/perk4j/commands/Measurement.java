package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.evaluation.Example;
import org.perk4j.evaluation.Report;
import org.perk4j.evaluation.ResultTable;
import org.perk4j.evaluation.TrainingCurve;
import org.perk4j.formats.ModelFolder;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.Printable;
import org.perk4j.training.ConsoleProgress;

/** Runs an evaluation and prints its results: a table, a report, a JSON object. */
record Measurement(Evaluation evaluation, Output output) {

    /** The report shows some examples of each method and length, not all. */
    private static final int EXAMPLES = 5;

    void run(String title, EvaluateJob job) throws IOException {
        List<TrainingCurve> curves = curves(job);
        if (job.report().isEmpty()) {
            show(job, run(job), null);
            return;
        }
        Path report = Path.of(job.report());
        try (OutputPlace place = OutputPlace.ofFile(report)) {
            List<Example> examples = run(job);
            Report.write(report, title, Evaluation.results(examples), curves, some(examples));
            show(job, examples, report);
        }
    }

    private List<Example> run(EvaluateJob job) throws IOException {
        ConsoleProgress progress = ConsoleProgress.ofProcess();
        try {
            return evaluation.run(job,
                    (method, done, total) -> progress.at("evaluate", done, total, "contexts, " + method.title()));
        } finally {
            progress.end();
        }
    }

    /** @return the note on the baseline without context */
    static Optional<String> note(EvaluateJob job) throws IOException {
        return job.noContext() && ModelFolder.open(Path.of(job.base())).hasChatTemplate()
                ? Optional.of("Note: the base has a chat template, in which it was tuned to answer, and is asked without it:"
                        + " what \"no context\" shows is not what it knows.")
                : Optional.empty();
    }

    private void show(EvaluateJob job, List<Example> examples, Path report) throws IOException {
        List<EvaluationResult> results = Evaluation.results(examples);
        output.text().println(ResultTable.of(results));
        note(job).ifPresent(output.text()::println);
        if (report != null) {
            output.text().println("Report: " + Printable.line(report.toAbsolutePath().normalize().toString()));
        }
        output.json(EvaluationResult.toJson(results, report));
    }

    private static List<TrainingCurve> curves(EvaluateJob job) throws IOException {
        List<TrainingCurve> curves = new ArrayList<>();
        for (String log : job.logs()) {
            Path path = Path.of(log);
            Path folder = path.toAbsolutePath().getParent();
            curves.add(TrainingCurve.read(String.valueOf(folder.getFileName()), path));
        }
        return curves;
    }

    private static List<Example> some(List<Example> examples) {
        Map<String, Integer> shown = new HashMap<>();
        return examples.stream()
                .filter(e -> shown.merge(e.method().key() + e.contexts(), 1, Integer::sum) <= EXAMPLES)
                .toList();
    }
}
