package org.perk4j.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Results as a table of text, for a terminal. */
public final class ResultTable {

    private static final List<String> HEAD = List.of("context tokens", "method", "exact match", "95 % interval", "F1",
            "questions");

    private ResultTable() {
    }

    /** @return a line for each result, by length and method, under a head; the last line ends with a line break */
    public static String of(List<EvaluationResult> results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        results.stream()
                .sorted(Comparator.comparingInt(EvaluationResult::contextTokens).thenComparing(EvaluationResult::method))
                .forEach(result -> rows.add(row(result)));
        int[] widths = IntStream.range(0, HEAD.size())
                .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElseThrow()).toArray();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
    }

    private static List<String> row(EvaluationResult result) {
        Accuracy overall = result.overall();
        return List.of(Integer.toString(result.contextTokens()), result.method().title(), percent(overall.exactMatch()),
                percent(overall.low()) + " - " + percent(overall.high()), percent(overall.f1()),
                Integer.toString(overall.questions()));
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    /** Numbers are aligned right, names left. */
    private static String line(List<String> row, int[] widths) {
        return IntStream.range(0, row.size())
                .mapToObj(i -> String.format(i == 1 ? "%-" + widths[i] + "s" : "%" + widths[i] + "s", row.get(i)))
                .collect(Collectors.joining("  ", "", "\n"));
    }
}
