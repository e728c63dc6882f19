package org.perk4j.training;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.data.Question;
import org.perk4j.evaluation.Metrics;

/** Compares generated answers with the expected ones. */
final class Answers {

    private Answers() {
    }

    /** @return the share of the questions that were answered right */
    static double shareRight(List<String> written, List<Question> questions) {
        return IntStream.range(0, questions.size())
                .filter(i -> Metrics.exactMatch(written.get(i), questions.get(i).answer()))
                .count() / (double) questions.size();
    }
}
