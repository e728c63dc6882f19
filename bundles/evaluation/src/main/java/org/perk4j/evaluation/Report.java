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
 * An evaluation as one HTML page that needs nothing else, no network either. The page is {@code report.html} with data
 * and scripts put in; {@code report.js} makes tables of the data and has Apache ECharts draw the plots, in the reader's
 * browser. So no fonts and no graphics are needed where the report is written, a server or a container say.
 */
public final class Report {

    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");

    private Report() {
    }

    /**
     * Writes a report as a whole or not at all.
     *
     * @param results  at least one
     * @param curves   of the training runs that led there; may be empty
     * @param examples some questions with the answers given; may be empty
     */
    public static void write(Path file, String title, List<EvaluationResult> results, List<TrainingCurve> curves,
            List<Example> examples) throws IOException {
        Map<String, String> parts = Map.of(
                "data", withinScript(Json.writeLine(data(title, results, curves, examples))),
                "echarts", resource("echarts/echarts.min.js"),
                "script", resource("report.js"));
        String page = PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
        AtomicFiles.writeString(file, page);
    }

    private static Map<String, Object> data(String title, List<EvaluationResult> results, List<TrainingCurve> curves,
            List<Example> examples) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("title", title);
        data.put("results", results.stream().map(EvaluationResult::toJson).toList());
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

    /** Keeps any text, whatever a model may have answered, from ending the script element that it stands in. */
    private static String withinScript(String json) {
        return json.replace("<", "\\u003c");
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = Report.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
