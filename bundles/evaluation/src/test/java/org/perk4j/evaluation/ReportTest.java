package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Question;

class ReportTest {

    private static final String HOSTILE = "</script><script>alert('$1 \\ {{data}}')</script><!--<script>";

    @TempDir
    private Path folder;

    @Test
    void theReportIsOnePageThatHoldsEverything() throws IOException {
        Path log = Files.writeString(folder.resolve("log.jsonl"), IntStream.rangeClosed(1, 400)
                .mapToObj(i -> "{\"step\":%d,\"loss\":%f%s}\n".formatted(i, 6 / Math.sqrt(i) + 0.2 * Math.sin(i),
                        i % 50 == 0 ? ",\"validationLoss\":%f,\"accuracy\":0.5".formatted(6.2 / Math.sqrt(i)) : ""))
                .reduce("", String::concat));
        Path report = folder.resolve("reports/report.html");
        Report.write(report, "Student Records, seed 1", results(), List.of(TrainingCurve.read("meta-training", log)),
                examples());
        String page = Files.readString(report);

        JsonObject data = data(page);
        assertEquals(2 * Method.values().length, data.getAsJsonArray("results").size());
        assertEquals(400, data.getAsJsonArray("curves").get(0).getAsJsonObject().getAsJsonArray("steps").size());
        assertTrue(page.contains("Apache Software Foundation"), "ECharts is in it");
        assertEquals(3, page.split("</script>", -1).length - 1, "no script ends early");
        String markup = page.replaceAll("(?s)<script[^>]*>.*?</script>", "<script>");
        assertFalse(markup.matches("(?s).*(src|href|url|import).*"), "nothing is loaded from elsewhere");
    }

    @Test
    void noTextEndsTheScriptThatItStandsIn() throws IOException {
        Path report = folder.resolve("report.html");
        Example example = new Example(Method.PERK, new Contexts("", 10), new Question(HOSTILE, HOSTILE, "x", List.of(), 0),
                HOSTILE);
        Report.write(report, HOSTILE, List.of(EvaluationResult.of(Method.PERK, new Contexts("", 10), List.of(example))),
                List.of(), List.of(example));
        String page = Files.readString(report);
        assertFalse(page.contains("alert('$1 \\ {{data}}')</script>"));
        assertEquals(HOSTILE, data(page).get("title").getAsString());
    }

    @Test
    void aLogThatIsNoneIsRefusedByLine() throws IOException {
        Path log = Files.writeString(folder.resolve("log.jsonl"), "{\"step\":1,\"loss\":null}\n\n{\"loss\":2}\n");
        String message = assertThrows(IOException.class, () -> TrainingCurve.read("run", log)).getMessage();
        assertTrue(message.startsWith(log + ": line 3: "), message);
    }

    private static JsonObject data(String page) {
        String start = "<script id=\"data\" type=\"application/json\">";
        int from = page.indexOf(start) + start.length();
        return JsonParser.parseString(page.substring(from, page.indexOf("</script>", from))).getAsJsonObject();
    }

    private static List<EvaluationResult> results() {
        SplittableRandom random = new SplittableRandom(1);
        List<EvaluationResult> results = new ArrayList<>();
        for (int tokens : new int[] {1024, 4096}) {
            for (Method method : Method.values()) {
                double chance = method == Method.PERK ? 0.95 : 0.06 * method.ordinal();
                results.add(EvaluationResult.of(method, new Contexts("", tokens),
                        Stream.generate(() -> answered(method, tokens, chance, random))
                        .limit(300).toList()));
            }
        }
        return results;
    }

    private static List<Example> examples() {
        SplittableRandom random = new SplittableRandom(2);
        return Stream.of(Method.values())
                .flatMap(method -> Stream.generate(() -> answered(method, 1024, 0.5, random)).limit(3))
                .toList();
    }

    private static Example answered(Method method, int tokens, double chance, SplittableRandom random) {
        String kind = List.of("name", "major", "grade", "year", "school").get(random.nextInt(5));
        Question question = new Question(kind, "What is the " + kind + " of the student with ID 3109998?", "Alison Keith",
                List.of(), random.nextDouble());
        return new Example(method, new Contexts("", tokens), question, random.nextDouble() < chance ? "Alison Keith"
                : "Peter Andrade");
    }
}
