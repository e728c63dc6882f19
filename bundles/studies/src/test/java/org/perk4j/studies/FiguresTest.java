package org.perk4j.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.evaluation.Figure;
import org.perk4j.evaluation.Figure.Form;

class FiguresTest {

    private static Map<String, Object> result(String trained, String tested, String method, double tokens, double right) {
        return new HashMap<>(Map.of("trained", trained, "tested", tested, "method", method, "contexts", "",
                "contextTokens", tokens, "exactMatch", right, "low", right - 0.1, "high", right + 0.1));
    }

    private static Map<String, Object> cost(String tested, String method, double encode, double first, double further) {
        return Map.of("trained", "", "tested", tested, "method", method, "contextTokens", 1000.0, "encodeSeconds", encode,
                "firstAnswerSeconds", first, "furtherAnswerSeconds", further, "peakBytes", 1e9);
    }

    @Test
    void thePapersNumbersAreBesideThoseOfTheSameTasks() {
        Figure figure = Figures.of(Study.COMPLEXITY, List.of(result("QA1", "QA1", "perk", 900, 0.5),
                result("QA1", "QA1", "ft-icr", 900, 0.25), result("mine", "mine", "perk", 900, 0.75))).get(0);
        assertEquals(List.of("task", "PERK", "FT-ICR", "the paper, 1K"), figure.head());
        assertEquals(List.of(List.of("QA1", "50.0 % (40.0 % - 60.0 %)", "25.0 % (15.0 % - 35.0 %)", "100.0 %"),
                List.of("mine", "75.0 % (65.0 % - 85.0 %)", "", "")), figure.rows());
        Figure length = Figures.of(Study.LENGTH, List.of(result("", "32K", "perk", 33_000, 0.5))).get(0);
        assertEquals(List.of("32K", "50.0 % (40.0 % - 60.0 %)", "95.3 %", ""), length.rows().get(0));
        assertEquals(List.of("128K", "", "61.4 %", "44.4 %"), length.rows().get(2));
    }

    @Test
    void aMapHasALineForEachTrainingAndAColumnForEachTest() {
        Figure map = Figures.of(Study.POSITION, List.of(result("beginning", "beginning", "perk", 900, 0.5),
                result("beginning", "end", "perk", 900, 0.25), result("end", "beginning", "perk", 900, 0.75))).get(0);
        assertEquals(Form.HEAT, map.form());
        assertEquals(List.of("trained on", "tested on beginning", "tested on end"), map.head());
        assertEquals(List.of("end", "75.0 % (65.0 % - 85.0 %)", ""), map.rows().get(1));
    }

    @Test
    void whatHasNoResultIsToldWithItsReason() {
        List<Figure> figures = Figures.of(Study.ABLATION, List.of(
                Map.of("trained", "SGD", "tested", "SGD", "method", "perk", "problem", "the loss is not finite"),
                result("AdamW", "AdamW", "perk", 900, 0.5)));
        assertEquals(List.of("SGD", "-"), figures.get(0).rows().get(0));
        String note = figures.get(0).note();
        assertTrue(note.endsWith(" No numbers for SGD of PERK: the loss is not finite."), note);
    }

    @Test
    void breakEvenIsWhereTheTotalsCross() {
        // 5 + 1 + (n - 1) against 2 + 3 (n - 1): equal at n = 3; against 2 n: equal at n = 5
        InferenceFigures.Length crossing = length(cost("1K", "perk", 5, 1, 1), cost("1K", "ft-icr", 0, 2, 3));
        assertEquals(3, crossing.breakEven(crossing::fromPrompt));
        assertEquals(crossing.fromMemory(3), crossing.fromPrompt(3));
        assertEquals(5, crossing.breakEven(crossing::fromPrompts));
        assertEquals(crossing.fromMemory(5), crossing.fromPrompts(5));
        InferenceFigures.Length never = length(cost("1K", "perk", 5, 1, 1), cost("1K", "ft-icr", 0, 2, 1));
        assertEquals(Double.NaN, never.breakEven(never::fromPrompt));
        InferenceFigures.Length always = length(cost("1K", "perk", 1, 1, 5), cost("1K", "ft-icr", 0, 2, 1));
        assertEquals(1, always.breakEven(always::fromPrompt));
    }

    @Test
    void lengthsThatPromptsCannotHaveHaveThoseOfMemoriesOnly() {
        List<Figure> figures = Figures.of(Study.INFERENCE, List.of(cost("1K", "perk", 2, 1, 1),
                cost("1K", "ft-icr", 0, 1, 1), cost("8K", "perk", 4, 1, 1),
                Map.of("trained", "", "tested", "8K", "method", "ft-icr", "problem", "too long")));
        assertEquals(List.of("8K", "5.000 s", "-"), figures.get(0).rows().get(1));
        assertTrue(figures.get(0).note().endsWith("No numbers for 8K of FT-ICR: too long."), figures.get(0).note());
        assertEquals(List.of("1K", "-", "-"), figures.get(2).rows().get(0));
        assertTrue(figures.get(3).title().endsWith("at 1K"), figures.get(3).title());
    }

    private static InferenceFigures.Length length(Map<String, Object> memory, Map<String, Object> prompt) {
        return new InferenceFigures.Length(new Result(memory), new Result(prompt));
    }
}
