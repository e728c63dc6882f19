package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perk4j.data.Question;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;

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
        EvaluationResult result = EvaluationResult.of(Method.PERK, new Contexts("", 1000),
                Stream.of(answered(1, 2, 0), answered(3, 3, 1),
                answered(0, 4, 0.55), answered(1, 1, Double.NaN)).flatMap(List::stream).toList());
        assertEquals(10, result.overall().questions());
        assertEquals(0.5, result.byPosition().get(0).exactMatch());
        assertEquals(List.of(2, 0, 0, 0, 0, 4, 0, 0, 0, 3), result.byPosition().stream().map(Accuracy::questions).toList());
        assertEquals(10, result.byKind().get("major").questions());
    }

    @Test
    void jsonHasTheKeysThatCallersRelyOnFirst() {
        EvaluationResult result = EvaluationResult.of(Method.FT_ICR, new Contexts("", 1024), answered(1, 2, 0.5));
        String json = Json.writeLine(EvaluationResult.toJson(List.of(result), Path.of("report.html")));
        assertTrue(json.matches(
                "\\{\"results\":\\[\\{\"method\":\"ft-icr\",\"contexts\":\"\",\"contextTokens\":1024,\"exactMatch\":0.5,"
                + "\"low\":0\\.\\d+,\"high\":0\\.\\d+,\"questions\":2,.*}],\"report\":\"report.html\"}"), json);
    }

    @Test
    void tablesAreAlignedAndInOrder() {
        String table = ResultTable.of(
                List.of(EvaluationResult.of(Method.NO_CONTEXT, new Contexts("", 4096), answered(0, 10, 0.5)),
                EvaluationResult.of(Method.NO_CONTEXT, new Contexts("", 1024), answered(1, 10, 0.5)),
                EvaluationResult.of(Method.PERK, new Contexts("", 1024), answered(10, 10, 0.5))));
        assertEquals("""
                context tokens  method      exact match     95 % interval       F1  contained  questions
                          1024  PERK            100.0 %  72.2 % - 100.0 %  100.0 %    100.0 %         10
                          1024  no context       10.0 %    1.8 % - 40.4 %   10.0 %     10.0 %         10
                          4096  no context        0.0 %    0.0 % - 27.8 %    0.0 %      0.0 %         10
                """, table);
    }

    @Test
    void contextsAreToldByNameWhereTheyHaveOne() {
        String table = ResultTable.of(
                List.of(EvaluationResult.of(Method.PERK, new Contexts("known values", 1024), answered(9, 10, 0.5)),
                EvaluationResult.of(Method.PERK, new Contexts("unseen values", 1280), answered(8, 10, 0.5)),
                EvaluationResult.of(Method.PERK, new Contexts("known values", 512), answered(10, 10, 0.5)),
                EvaluationResult.of(Method.NO_CONTEXT, new Contexts("known values", 1024), answered(0, 10, 0.5))));
        assertEquals("""
                context tokens  contexts       method      exact match     95 % interval       F1  contained  questions
                           512  known values   PERK            100.0 %  72.2 % - 100.0 %  100.0 %    100.0 %         10
                          1024  known values   PERK             90.0 %   59.6 % - 98.2 %   90.0 %     90.0 %         10
                          1024  known values   no context        0.0 %    0.0 % - 27.8 %    0.0 %      0.0 %         10
                          1280  unseen values  PERK             80.0 %   49.0 % - 94.3 %   80.0 %     80.0 %         10
                """, table);
    }

    @Test
    void whatMemoriesMadeTheBaseForgetHasAColumnIfItWasMeasured() {
        Forgetting forgetting = new Forgetting(10, 20.04, 0.0123, -0.01, 0.0346);
        String table = ResultTable.of(List.of(
                EvaluationResult.of(Method.PERK, new Contexts("", 1024), answered(9, 10, 0.5)).with(Optional.of(forgetting)),
                EvaluationResult.of(Method.ZERO_SHOT, new Contexts("", 1024), answered(8, 10, 0.5))));
        List<String> rises = table.lines().map(line -> line.substring(line.lastIndexOf("   ")).strip()).toList();
        assertEquals("20.0, +1.2 % (-1.0 to +3.5)", rises.get(1));
        assertTrue(table.lines().findFirst().orElseThrow().endsWith("perplexity of an unrelated text"), table);
        String json = Json.writeLine(EvaluationResult.of(Method.PERK, new Contexts("", 1024), answered(9, 10, 0.5))
                .with(Optional.of(forgetting)).toJson());
        assertTrue(json.contains("\"forgetting\":{\"memories\":10,\"perplexity\":20.04,\"rise\":0.0123,\"low\":-0.01,"),
                json);
    }

    @Test
    void aJobAsksByAtLeastOneMethod() throws IOException {
        String keys = "\"base\": \"b\", \"contexts\": [\"a\"], \"noContext\": false";
        String message = assertThrows(IllegalArgumentException.class, () -> job("{" + keys + "}")).getMessage();
        assertTrue(message.contains("no method to evaluate"), message);
        assertTrue(job("{" + keys + ", \"baselines\": {\"retrieved\": 2}}").baselines().isAny());
    }

    private static EvaluateJob job(String json) throws IOException {
        return Options.bind(Json.parse(json), EvaluateJob.class);
    }

    @Test
    void fineTuningTakesTheShapeOfAnAdapter() {
        Baselines tuning = new Baselines(false, 0, new FineTuning(1, 1, PluginChoice.of("sgd", Map.of()), 0), "");
        List<PluginChoice> one = List.of(PluginChoice.of("a", Map.of()));
        String message = assertThrows(IllegalArgumentException.class, () -> new EvaluateJob("base", "", "", true, tuning,
                HeldOut.NONE, PluginChoice.of("java", Map.of()), one, List.of(), 1, 0, 1, 1, "", List.of(), ""))
                .getMessage();
        assertTrue(message.startsWith("fineTuning: name an adapter"), message);
    }

    @Test
    void contextsAreNamedAllOrNone() {
        List<PluginChoice> two = List.of(PluginChoice.of("a", Map.of()), PluginChoice.of("b", Map.of()));
        String message = assertThrows(IllegalArgumentException.class, () -> new EvaluateJob("base", "", "", true,
                Baselines.NONE, HeldOut.NONE, PluginChoice.of("java", Map.of()), two, List.of("one"), 1, 0, 1, 1, "",
                List.of(), ""))
                .getMessage();
        assertTrue(message.startsWith("names: there are 1 of them for 2 contexts"), message);
    }

    static List<Example> answered(int right, int questions, double position) {
        return IntStream.range(0, questions).mapToObj(i -> new Example(Method.PERK, new Contexts("", 1000),
                new Question("major", "What major is student with ID 1778924 studying?", "History", List.of(), position),
                i < right ? "history." : "Economics")).toList();
    }
}
