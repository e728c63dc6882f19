package org.perk4j.evaluation;

import org.perk4j.data.Question;

/**
 * A question with the answer that a method gave.
 *
 * @param method   the method
 * @param contexts the group of its context
 * @param question the question with its right answer
 * @param given    the given answer
 */
public record Example(Method method, Contexts contexts, Question question, String given) {

    /** @return whether the answer is right: {@link Metrics#exactMatch} */
    public boolean isRight() {
        return Metrics.exactMatch(given, question.answer());
    }

    /** @return whether the right answer stands in the given one: {@link Metrics#contains} */
    public boolean isContained() {
        return Metrics.contains(given, question.answer());
    }

    /** @return {@link Metrics#f1} of the answer */
    public double f1() {
        return Metrics.f1(given, question.answer());
    }
}
