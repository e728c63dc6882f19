package org.perk4j.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;

/**
 * An evaluation as a self-contained HTML page, which needs no network. The page is {@code report.html} with data and scripts
 * inserted; {@code report.js} makes the tables and draws the plots with Apache ECharts in the reader's browser. So the
 * machine that writes the report, such as a server or a container, needs no fonts or graphics.
 */
public final class Report {

    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");

    private Report() {
    }

    /**
     * Writes the report of an evaluation, as a whole or not at all.
     *
     * @param results  at least one result
     * @param curves   the curves of the training runs; may be empty
     * @param examples some questions with their answers; may be empty
     */
    public static void write(Path file, String title, List<EvaluationResult> results, List<TrainingCurve> curves,
            List<Example> examples) throws IOException {
        write(file, data(title, results, List.of(), curves, examples));
    }

    /**
     * Writes the report of several evaluations that are compared, as a whole or not at all.
     *
     * @param about   what was compared, in a few sentences
     * @param figures at least one
     * @param curves  the curves of the training runs; may be empty
     */
    public static void writeFigures(Path file, String title, String about, List<Figure> figures, List<TrainingCurve> curves)
            throws IOException {
        Map<String, Object> data = data(title, List.of(), figures, curves, List.of());
        data.put("about", about);
        write(file, data);
    }

    private static void write(Path file, Map<String, Object> data) throws IOException {
        Map<String, String> parts = Map.of(
                "data", withinScript(Json.writeLine(data)),
                "echarts", resource("echarts/echarts.min.js"),
                "script", resource("report.js"));
        String page = PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
        AtomicFiles.writeString(file, page);
    }

    private static Map<String, Object> data(String title, List<EvaluationResult> results, List<Figure> figures,
            List<TrainingCurve> curves, List<Example> examples) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("title", title);
        data.put("about", "");
        data.put("results", results.stream().map(EvaluationResult::toJson).toList());
        data.put("figures", figures.stream().map(Figure::toJson).toList());
        data.put("curves", curves);
        data.put("examples", examples.stream().map(Report::example).toList());
        return data;
    }

    private static Map<String, Object> example(Example example) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("method", example.method().key());
        json.put("contexts", example.contexts().name());
        json.put("contextTokens", example.contexts().tokens());
        json.put("kind", example.question().kind());
        json.put("question", example.question().text());
        json.put("answer", example.question().answer());
        json.put("given", Metrics.output(example.given()));
        json.put("right", example.isRight());
        return json;
    }

    /** Escapes JSON so that no text in it, such as a model's answer, can end the script element around it. */
    private static String withinScript(String json) {
        return json.replace("<", "\\u003c");
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = Report.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
