package org.perk4j.task.files;

import java.util.List;
import java.util.stream.Collectors;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;

/**
 * RULER (Hsieh et al. 2024, arXiv 2404.06654): {@code {"input": …, "outputs": […]}}. The input's last line is the question
 * about the lines before it; {@code "answer_prefix"}, the beginning of the answer, is part of the question.
 */
final class RulerFormat {

    private RulerFormat() {
    }

    static Episode episode(Fields fields) {
        String input = fields.text("input").strip();
        int lastLine = input.lastIndexOf('\n');
        if (lastLine < 0) {
            throw Fields.problem(fields.get("input"),
                    "a single line: the last is the question, those before it the context");
        }
        String prefix = fields.has("answer_prefix") ? fields.text("answer_prefix").strip() : "";
        String question = input.substring(lastLine + 1).strip();
        String answer = fields.texts("outputs").stream().collect(Collectors.joining(", "));
        return new Episode(List.of(input.substring(0, lastLine).stripTrailing()), List.of(new Question("ruler",
                prefix.isEmpty() || question.endsWith(prefix) ? question : question + " " + prefix, answer, List.of(),
                Double.NaN)));
    }
}
