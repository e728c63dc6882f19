package org.perk4j.training;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.perk4j.data.Question;
import org.perk4j.inference.Prompts;

/** Compares written answers with the right ones. */
final class Answers {

    private Answers() {
    }

    static double shareRight(List<String> written, List<Question> questions) {
        return IntStream.range(0, questions.size())
                .filter(i -> normalized(Prompts.answerIn(written.get(i))).equals(normalized(questions.get(i).answer())))
                .count() / (double) questions.size();
    }

    private static String normalized(String answer) {
        return answer.toLowerCase(Locale.ROOT).strip();
    }
}
