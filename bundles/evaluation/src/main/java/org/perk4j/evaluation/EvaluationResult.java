package org.perk4j.evaluation;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How well a method answers questions about contexts of one kind and length.
 *
 * @param method     the method
 * @param contexts   the contexts
 * @param overall    accuracy on all questions
 * @param byPosition accuracy on the questions whose fact is in the first tenth of the context, the second, and so on
 * @param byKind     accuracy on the questions of each {@linkplain org.perk4j.data.Question#kind() kind}
 * @param forgetting what the memories of these contexts made the base forget; empty if that wasn't measured, or there are
 *                   none
 */
public record EvaluationResult(Method method, Contexts contexts, Accuracy overall, List<Accuracy> byPosition,
                               SortedMap<String, Accuracy> byKind, Optional<Forgetting> forgetting) {

    private static final int BUCKETS = 10;

    /** Copies the lists. */
    public EvaluationResult {
        byPosition = List.copyOf(byPosition);
        byKind = Collections.unmodifiableSortedMap(new TreeMap<>(byKind));
    }

    /** @return the result of these answers, all by this method about these contexts */
    public static EvaluationResult of(Method method, Contexts contexts, List<Example> answered) {
        Map<Integer, List<Example>> buckets = answered.stream()
                .filter(example -> !Double.isNaN(example.question().position()))
                .collect(Collectors.groupingBy(example -> bucket(example.question().position())));
        SortedMap<String, Accuracy> byKind = answered.stream().collect(Collectors.groupingBy(
                example -> example.question().kind(), TreeMap::new,
                Collectors.collectingAndThen(Collectors.toList(), Accuracy::of)));
        return new EvaluationResult(method, contexts, Accuracy.of(answered),
                IntStream.range(0, BUCKETS).mapToObj(i -> Accuracy.of(buckets.getOrDefault(i, List.of()))).toList(),
                byKind, Optional.empty());
    }

    /** @return the same with what its memories made the base forget */
    EvaluationResult with(Optional<Forgetting> measured) {
        return new EvaluationResult(method, contexts, overall, byPosition, byKind, measured);
    }

    private static int bucket(double position) {
        return Math.min((int) (position * BUCKETS), BUCKETS - 1);
    }

    /**
     * @param report the file of the report; null for none
     * @return the JSON that a command prints: the results and the report's file
     */
    public static Map<String, Object> toJson(List<EvaluationResult> results, Path report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("results", results.stream().map(EvaluationResult::toJson).toList());
        json.put("report", report == null ? null : report.toString());
        return json;
    }

    /** @return this result as JSON */
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("method", method.key());
        json.put("contexts", contexts.name());
        json.put("contextTokens", contexts.tokens());
        json.put("exactMatch", overall.exactMatch());
        json.put("low", overall.low());
        json.put("high", overall.high());
        json.put("questions", overall.questions());
        json.put("f1", overall.f1());
        json.put("contained", overall.contained());
        json.put("byPosition", byPosition);
        json.put("byKind", byKind);
        forgetting.ifPresent(measured -> json.put("forgetting", measured.toJson()));
        return json;
    }
}
