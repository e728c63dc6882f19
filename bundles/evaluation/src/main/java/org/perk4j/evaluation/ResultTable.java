package org.perk4j.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Results as a plain-text table for a terminal. */
public final class ResultTable {

    private static final String FORGETTING = "perplexity of an unrelated text";
    private static final List<String> HEAD = List.of("context tokens", "contexts", "method", "exact match", "95 % interval",
            "F1", "contained", "questions", FORGETTING);
    private static final Set<Integer> TEXTS = Set.of(1, 2);

    private ResultTable() {
    }

    /** @return a header and a line per result, by contexts and method; each line ends with a line break */
    public static String of(List<EvaluationResult> results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        results.stream()
                .sorted(Comparator.comparing(EvaluationResult::contexts).thenComparing(EvaluationResult::method))
                .forEach(result -> rows.add(row(result)));
        int[] widths = IntStream.range(0, HEAD.size())
                .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElseThrow()).toArray();
        boolean named = results.stream().anyMatch(result -> !result.contexts().name().isEmpty());
        boolean forgot = results.stream().anyMatch(result -> result.forgetting().isPresent());
        int[] columns = IntStream.range(0, HEAD.size()).filter(column -> named || !HEAD.get(column).equals("contexts"))
                .filter(column -> forgot || !HEAD.get(column).equals(FORGETTING)).toArray();
        return rows.stream().map(row -> line(row, columns, widths)).collect(Collectors.joining());
    }

    private static List<String> row(EvaluationResult result) {
        Accuracy overall = result.overall();
        return List.of(Integer.toString(result.contexts().tokens()), result.contexts().name(), result.method().title(),
                percent(overall.exactMatch()),
                percent(overall.low()) + " - " + percent(overall.high()), percent(overall.f1()),
                percent(overall.contained()), Integer.toString(overall.questions()),
                result.forgetting().map(ResultTable::rise).orElse(""));
    }

    private static String rise(Forgetting forgetting) {
        String rise = String.format(Locale.ROOT, "%.1f, %+.1f %%", forgetting.perplexity(), 100 * forgetting.rise());
        return Double.isNaN(forgetting.low()) ? rise
                : rise + String.format(Locale.ROOT, " (%+.1f to %+.1f)", 100 * forgetting.low(), 100 * forgetting.high());
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    /** Aligns numbers right and names left. */
    private static String line(List<String> row, int[] columns, int[] widths) {
        return IntStream.of(columns)
                .mapToObj(i -> String.format(TEXTS.contains(i) ? "%-" + widths[i] + "s" : "%" + widths[i] + "s", row.get(i)))
                .collect(Collectors.joining("  ", "", "\n"));
    }
}
