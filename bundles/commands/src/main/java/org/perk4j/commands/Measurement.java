package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.evaluation.ResultTable;
import org.perk4j.formats.ModelFiles;
import org.perk4j.formats.Printable;
import org.perk4j.training.ConsoleProgress;

/** Runs an evaluation and prints its results: a table, a report, a JSON object. */
record Measurement(Evaluation evaluation, Output output) {

    void run(String title, EvaluateJob job) throws IOException {
        ConsoleProgress progress = ConsoleProgress.ofProcess();
        List<EvaluationResult> results;
        try {
            results = evaluation.measure(title, job,
                    (method, done, total) -> progress.at("evaluate", done, total, "contexts, " + method.title()));
        } finally {
            progress.end();
        }
        show(job, results);
    }

    /** @return the note on the baseline without context */
    static Optional<String> note(EvaluateJob job) throws IOException {
        if (!job.noContext()) {
            return Optional.empty();
        }
        try (ModelFiles base = ModelFiles.open(Path.of(job.base()))) {
            return base.hasChatTemplate()
                    ? Optional.of("Note: the base has a chat template, in which it was tuned to answer, and is asked without"
                            + " it: what \"no context\" shows is not what it knows.")
                    : Optional.empty();
        }
    }

    private void show(EvaluateJob job, List<EvaluationResult> results) throws IOException {
        output.text().println(ResultTable.of(results));
        note(job).ifPresent(output.text()::println);
        Path report = job.report().isEmpty() ? null : Path.of(job.report());
        if (report != null) {
            output.text().println("Report: " + Printable.line(report.toAbsolutePath().normalize().toString()));
        }
        output.json(EvaluationResult.toJson(results, report));
    }
}
