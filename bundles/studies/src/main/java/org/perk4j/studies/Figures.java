package org.perk4j.studies;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.evaluation.Figure;
import org.perk4j.evaluation.Figure.Form;
import org.perk4j.evaluation.Figure.Point;
import org.perk4j.evaluation.Figure.Series;
import org.perk4j.evaluation.Figure.Unit;

/** Makes the figures of a study's report. */
final class Figures {

    private static final String INTERVALS = "Intervals are in the table.";

    private Figures() {
    }

    /** @param results those of the cells that are computed, in the order of the grid; at least one */
    static List<Figure> of(Study study, List<Map<String, Object>> results) {
        List<Result> all = results.stream().map(Result::new).toList();
        return switch (study) {
            case COMPLEXITY -> complexity(all);
            case LENGTH -> length(all);
            case POSITION -> position(all);
            case INFERENCE -> InferenceFigures.of(all);
            case ABLATION -> ablation(all);
        };
    }

    private static List<Figure> complexity(List<Result> results) {
        List<String> tested = results.stream().map(Result::tested).toList();
        List<Series> paper = Paper.COMPLEXITY.stream().map(series -> new Series(series.name(), true,
                series.points().stream().filter(point -> tested.contains(point.at())).toList()))
                .filter(series -> !series.points().isEmpty()).toList();
        String note = "An adapter was trained for each task. " + INTERVALS
                + (paper.isEmpty() ? "" : " The paper's numbers are of its own models and data.");
        return List.of(new Figure("Exact match by task", noted(note, results), Form.BARS, "task", Unit.SHARE,
                both(byMethod(results, Result::tested), paper)));
    }

    private static List<Figure> length(List<Result> results) {
        String note = "The bars are 95 % intervals (Wilson's). The paper's numbers are of BabiLong's tasks, trained at 8K, "
                + "with its own models.";
        return List.of(new Figure("Exact match by length", noted(note, results), Form.LINES, "tokens of the context",
                Unit.SHARE, both(byMethod(results, Result::tested), Paper.LENGTH)));
    }

    private static List<Figure> position(List<Result> results) {
        String note = "Rows: where in the contexts of the training that was what questions asked for. Columns: where it is "
                + "in those of the tests. " + INTERVALS;
        List<Figure> figures = new ArrayList<>();
        bySeries(results).forEach((name, own) -> {
            Map<String, List<Point>> columns = new LinkedHashMap<>();
            own.forEach(result -> columns.computeIfAbsent(result.tested(), key -> new ArrayList<>())
                    .add(result.accuracy(result.trained())));
            figures.add(new Figure("Exact match by position: " + name, noted(note, own), Form.HEAT, "trained on", Unit.SHARE,
                    columns.entrySet().stream()
                            .map(column -> new Series("tested on " + column.getKey(), false, column.getValue())).toList()));
        });
        return figures;
    }

    private static List<Figure> ablation(List<Result> results) {
        List<Result> own = results.stream().collect(Collectors.toMap(Result::trained, Function.identity(),
                (first, second) -> first, LinkedHashMap::new)).values().stream().toList();
        return List.of(
                new Figure("Exact match", noted("By what was changed in the training. " + INTERVALS, results), Form.BARS,
                        "training", Unit.SHARE, byMethod(results, Result::trained)),
                new Figure("Validation loss", "The lowest of each training, in nats per token of the answers: it tells "
                        + "trainings apart that are too short for right answers.", Form.BARS, "training", Unit.NATS,
                        List.of(ofTraining("validation loss", "validationLoss", own))),
                new Figure("Time of training", "Of its steps, without validation.", Form.BARS, "training", Unit.SECONDS,
                        List.of(ofTraining("training", "trainingSeconds", own))));
    }

    private static Series ofTraining(String name, String key, List<Result> results) {
        return new Series(name, false, results.stream().map(result ->
                new Point(result.trained(), Double.NaN, result.number(key), Double.NaN, Double.NaN)).toList());
    }

    private static Map<String, List<Result>> bySeries(List<Result> results) {
        return results.stream().collect(Collectors.groupingBy(Result::series, LinkedHashMap::new, Collectors.toList()));
    }

    /** @return a series for each method and kind of contexts */
    private static List<Series> byMethod(List<Result> results, Function<Result, String> at) {
        List<Series> series = new ArrayList<>();
        bySeries(results).forEach((name, own) -> series.add(
                new Series(name, false, own.stream().map(result -> result.accuracy(at.apply(result))).toList())));
        return series;
    }

    private static List<Series> both(List<Series> own, List<Series> paper) {
        return Stream.concat(own.stream(), paper.stream()).toList();
    }

    /** @return the note, and why there are no numbers where there are none */
    static String noted(String note, List<Result> results) {
        Map<String, Set<String>> places = new LinkedHashMap<>();
        results.stream().filter(result -> !result.problem().isEmpty()).forEach(result -> places
                .computeIfAbsent(result.method().title() + ": " + result.problem(), key -> new LinkedHashSet<>())
                .add(result.trained().isEmpty() ? result.tested() : result.trained()));
        return note + places.entrySet().stream()
                .map(entry -> " No numbers for " + String.join(", ", entry.getValue()) + " of " + entry.getKey() + ".")
                .collect(Collectors.joining());
    }
}
