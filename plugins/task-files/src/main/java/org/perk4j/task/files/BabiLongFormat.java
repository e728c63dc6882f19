package org.perk4j.task.files;

import java.util.List;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;

/**
 * {@code {"context": […], "question": …, "answer": …, "support": […]}}, as in the PERK paper: QA1, QA2 or QA3 by the number
 * of facts. {@code {"input": …, "question": …, "target": …}}, as in BABILong on Hugging Face, which doesn't give the facts.
 */
final class BabiLongFormat {

    private BabiLongFormat() {
    }

    static Episode episode(Fields fields) {
        List<String> context = fields.texts("context");
        List<String> support = fields.textsIfAny("support");
        String kind = support.isEmpty() ? "babilong" : "qa" + support.size();
        return new Episode(context, List.of(new Question(kind, fields.text("question"), fields.text("answer"), support,
                Position.ofLast(support, context))));
    }

    static Episode published(Fields fields) {
        return new Episode(List.of(fields.text("input")), List.of(new Question("babilong", fields.text("question").strip(),
                fields.text("target").strip(), List.of(), Double.NaN)));
    }
}
