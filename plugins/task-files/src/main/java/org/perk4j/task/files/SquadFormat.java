package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.List;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.JsonValue;

/**
 * SQuAD 1.1 and 2 (Rajpurkar et al. 2016, 2018): articles, {@code {"title": …, "paragraphs": [{"context": …, "qas": […]}]}},
 * with an episode per paragraph, or rows, {@code {"context": …, "question": …, "answers": {"text": […],
 * "answer_start": […]}}}. Uses the first of several answers; that of an unanswerable question is {@value #UNANSWERABLE}.
 */
final class SquadFormat {

    static final String UNANSWERABLE = "unanswerable";

    private SquadFormat() {
    }

    static List<Episode> article(Fields article) {
        List<Episode> episodes = new ArrayList<>();
        for (Fields paragraph : article.objects("paragraphs")) {
            String context = paragraph.text("context");
            List<Question> questions = new ArrayList<>();
            for (JsonValue question : paragraph.list("qas")) {
                Fields fields = article.of(question);
                List<JsonValue> answers = fields.list("answers");
                questions.add(answers.isEmpty() ? unanswerable(fields) : question(fields, context,
                        article.of(answers.get(0)).get("text"), article.of(answers.get(0)).get("answer_start")));
            }
            if (!questions.isEmpty()) {
                episodes.add(new Episode(List.of(context), questions));
            }
        }
        return episodes;
    }

    static Episode row(Fields row) {
        String context = row.text("context");
        Fields answers = row.object("answers");
        List<JsonValue> texts = answers.list("text");
        List<JsonValue> starts = answers.list("answer_start");
        if (texts.size() != starts.size()) {
            throw Fields.problem(answers.value(), texts.size() + " texts, but " + starts.size() + " starts: each has one");
        }
        return new Episode(List.of(context), List.of(texts.isEmpty() ? unanswerable(row)
                : question(row, context, texts.get(0), starts.get(0))));
    }

    private static Question unanswerable(Fields fields) {
        return new Question("squad-" + UNANSWERABLE, fields.text("question"), UNANSWERABLE, List.of(), Double.NaN);
    }

    private static Question question(Fields fields, String context, JsonValue answer, JsonValue start) {
        String text = Fields.text(answer);
        if (!(start.content() instanceof Number number) || number.intValue() < 0 || number.intValue() > context.length()) {
            throw Fields.problem(start, "expected where in the context the answer begins, from 0 to " + context.length());
        }
        return new Question("squad", fields.text("question"), text, List.of(),
                number.intValue() / (double) Math.max(1, context.length()));
    }
}
