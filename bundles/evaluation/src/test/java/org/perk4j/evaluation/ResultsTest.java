package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perk4j.data.Question;
import org.perk4j.formats.Json;

class ResultsTest {

    /** Wilson's interval for 9 of 10, as R's binom.confint(9, 10, methods = "wilson") and statsmodels give it. */
    @Test
    void intervalsAreWilsons() {
        Accuracy accuracy = Accuracy.of(answered(9, 10, 0.5));
        assertEquals(0.9, accuracy.exactMatch());
        assertEquals(0.5958499732047615, accuracy.low(), 1e-12);
        assertEquals(0.9821237869049271, accuracy.high(), 1e-12);
        assertEquals(1, Accuracy.of(answered(10, 10, 0)).high());
        assertTrue(Double.isNaN(Accuracy.of(List.of()).exactMatch()));
    }

    @Test
    void accuracyIsCountedByPositionAndKind() {
        EvaluationResult result = EvaluationResult.of(Method.PERK, 1000, Stream.of(answered(1, 2, 0), answered(3, 3, 1),
                answered(0, 4, 0.55), answered(1, 1, Double.NaN)).flatMap(List::stream).toList());
        assertEquals(10, result.overall().questions());
        assertEquals(0.5, result.byPosition().get(0).exactMatch());
        assertEquals(List.of(2, 0, 0, 0, 0, 4, 0, 0, 0, 3), result.byPosition().stream().map(Accuracy::questions).toList());
        assertEquals(10, result.byKind().get("major").questions());
    }

    @Test
    void jsonHasTheKeysThatCallersRelyOnFirst() {
        EvaluationResult result = EvaluationResult.of(Method.FT_ICR, 1024, answered(1, 2, 0.5));
        String json = Json.writeLine(EvaluationResult.toJson(List.of(result), Path.of("report.html")));
        assertTrue(json.matches("\\{\"results\":\\[\\{\"method\":\"ft-icr\",\"contextTokens\":1024,\"exactMatch\":0.5,"
                + "\"low\":0\\.\\d+,\"high\":0\\.\\d+,\"questions\":2,.*}],\"report\":\"report.html\"}"), json);
    }

    @Test
    void tablesAreAlignedAndInOrder() {
        String table = ResultTable.of(List.of(EvaluationResult.of(Method.NO_CONTEXT, 4096, answered(0, 10, 0.5)),
                EvaluationResult.of(Method.NO_CONTEXT, 1024, answered(1, 10, 0.5)),
                EvaluationResult.of(Method.PERK, 1024, answered(10, 10, 0.5))));
        assertEquals("""
                context tokens  method      exact match     95 % interval       F1  questions
                          1024  PERK            100.0 %  72.2 % - 100.0 %  100.0 %         10
                          1024  no context       10.0 %    1.8 % - 40.4 %   10.0 %         10
                          4096  no context        0.0 %    0.0 % - 27.8 %    0.0 %         10
                """, table);
    }

    static List<Example> answered(int right, int questions, double position) {
        return IntStream.range(0, questions).mapToObj(i -> new Example(Method.PERK, 1000,
                new Question("major", "What major is student with ID 1778924 studying?", "History", List.of(), position),
                i < right ? "history." : "Economics")).toList();
    }
}
