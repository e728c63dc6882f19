package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.evaluation.Figure.Form;
import org.perk4j.evaluation.Figure.Point;
import org.perk4j.evaluation.Figure.Series;
import org.perk4j.evaluation.Figure.Unit;

class FigureTest {

    private static final Series OURS = new Series("ours", false,
            List.of(new Point("4K", 3925, 0.95, 0.9, 0.98), new Point("1K", 983, 1, 0.98, 1)));
    private static final Series THEIRS = new Series("theirs", true,
            List.of(new Point("2K", 2048, 0.5, Double.NaN, Double.NaN),
                    new Point("4K", 4096, Double.NaN, Double.NaN, Double.NaN)));

    @Test
    void theTableHasALineForEachPlaceThatASeriesHas() {
        Figure lines = figure(Form.LINES, Unit.SHARE);
        assertEquals(List.of("tokens", "ours", "theirs"), lines.head());
        assertEquals(List.of(List.of("1K", "100.0 % (98.0 % - 100.0 %)", ""), List.of("2K", "", "50.0 %"),
                List.of("4K", "95.0 % (90.0 % - 98.0 %)", "-")), lines.rows());
        assertEquals(List.of("4K", "1K", "2K"),
                figure(Form.BARS, Unit.SHARE).rows().stream().map(row -> row.get(0)).toList(), "in order of mention");
    }

    @Test
    void eachUnitIsWrittenForPeople() {
        assertEquals(List.of("12.3 %", "0.123 s", "1,024 MiB", "0.123", "12"), List.of(Unit.SHARE.text(0.1234),
                Unit.SECONDS.text(0.1234), Unit.BYTES.text(1L << 30), Unit.NATS.text(0.1234), Unit.COUNT.text(12)));
    }

    @Test
    void aReportOfFiguresHoldsTheirNumbersAndTables(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("report.html");
        Report.writeFigures(file, "Length", "<b>about</b>", List.of(figure(Form.LINES, Unit.SHARE)), List.of());
        String page = Files.readString(file);
        assertTrue(page.contains("\"rows\":[[\"1K\",\"100.0 % (98.0 % - 100.0 %)\",\"\"]"), "the table");
        assertTrue(page.contains("{\"at\":\"1K\",\"x\":983,\"value\":1,\"low\":0.98,\"high\":1}"), "the plot");
        assertTrue(page.contains("\"published\":true") && page.contains("\\u003cb>about"), "whose they are");
    }

    private static Figure figure(Form form, Unit unit) {
        return new Figure("Length", "note", form, "tokens", unit, List.of(OURS, THEIRS));
    }
}
