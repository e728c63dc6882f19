package org.perk4j.evaluation;

import org.perk4j.data.Question;

/**
 * A question that was answered.
 *
 * @param method   by which it was answered
 * @param contexts that its context is one of
 * @param question the question with its right answer
 * @param given    the answer that was given
 */
public record Example(Method method, Contexts contexts, Question question, String given) {

    /** @return whether the answer is right: {@link Metrics#exactMatch} */
    public boolean isRight() {
        return Metrics.exactMatch(given, question.answer());
    }

    /** @return {@link Metrics#f1} of the answer */
    public double f1() {
        return Metrics.f1(given, question.answer());
    }
}
