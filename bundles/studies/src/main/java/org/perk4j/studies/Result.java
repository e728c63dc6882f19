package org.perk4j.studies;

import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.evaluation.Figure.Point;
import org.perk4j.evaluation.Method;

/**
 * A result of a cell, as its file has it.
 *
 * @param json its keys
 */
record Result(Map<String, Object> json) {

    String trained() {
        return text("trained");
    }

    String tested() {
        return text("tested");
    }

    Method method() {
        return Stream.of(Method.values()).filter(method -> method.key().equals(text("method"))).findFirst()
                .orElse(Method.PERK);
    }

    /** @return who answered which contexts, for people */
    String series() {
        return method().title() + (text("contexts").isEmpty() ? "" : ", " + text("contexts"));
    }

    /** @return why there are no numbers; empty if there are */
    String problem() {
        return text("problem");
    }

    /** @return NaN if there is no such number */
    double number(String key) {
        return json.get(key) instanceof Double number ? number : Double.NaN;
    }

    /** @return the exact match with its interval */
    Point accuracy(String at) {
        return new Point(at, number("contextTokens"), number("exactMatch"), number("low"), number("high"));
    }

    private String text(String key) {
        return json.get(key) instanceof String text ? text : "";
    }
}
