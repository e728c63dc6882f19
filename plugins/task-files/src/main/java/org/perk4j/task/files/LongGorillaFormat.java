package org.perk4j.task.files;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;

/**
 * {@code {"context": […], "location": …, "question": …, "answer": …}}: which call of which library does what the question
 * describes. Each segment documents one call, with {@code <api>…</api>} first.
 */
final class LongGorillaFormat {

    private LongGorillaFormat() {
    }

    static Episode episode(Fields fields) {
        List<String> context = fields.texts("context");
        String answer = fields.text("answer");
        return new Episode(context, List.of(new Question("api-" + fields.text("location"), fields.text("question"), answer,
                List.of(), position(context, answer))));
    }

    private static double position(List<String> context, String answer) {
        return IntStream.range(0, context.size())
                .filter(i -> context.get(i).startsWith("<api>" + answer))
                .mapToDouble(i -> i / Math.max(1.0, context.size() - 1.0))
                .findFirst().orElse(Double.NaN);
    }
}
