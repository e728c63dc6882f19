package org.perk4j.tasks.files;

import java.util.List;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;

/** {@code {"context": […], "question": …, "answer": …, "support": […]}}: QA1, QA2 or QA3 by the number of facts. */
final class BabiLongFormat {

    private BabiLongFormat() {
    }

    static Episode episode(Fields fields) {
        List<String> context = fields.texts("context");
        List<String> support = fields.textsIfAny("support");
        String kind = support.isEmpty() ? "babilong" : "qa" + support.size();
        return new Episode(context, List.of(new Question(kind, fields.text("question"), fields.text("answer"), support,
                position(context, support))));
    }

    /** @return where the last fact begins, as a fraction of the context's characters */
    private static double position(List<String> context, List<String> support) {
        String text = String.join(" ", context);
        int start = support.isEmpty() ? -1 : text.indexOf(support.get(support.size() - 1));
        return start < 0 ? Double.NaN : start / (double) text.length();
    }
}
