package org.perk4j.task.files;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.JsonValue;
import org.perk4j.plugin.Option;

/**
 * The columns of a file, or keys of its objects, that hold an instance; {@code answers.text} is {@code text} within
 * {@code answers}.
 */
public record Columns(
        @Option(help = "the context: a text, or a list of its pieces", value = "") String context,
        @Option(help = "the question", value = "") String question,
        @Option(help = "the right answer; the first of a list", value = "") String answer,
        @Option(help = "the facts that the answer rests on, word for word as in the context; empty if there are none",
                value = "") String support) {

    /** @throws IllegalArgumentException naming the key that is missing */
    public Columns {
        boolean none = Stream.of(context, question, answer, support).allMatch(String::isEmpty);
        if (!none && Stream.of(context, question, answer).anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException(
                    "name the columns of context, question and answer, or none to recognize the format by the keys");
        }
    }

    boolean given() {
        return !context.isEmpty();
    }

    /** @return the columns, or the outermost objects that contain them */
    Set<String> outermost() {
        return Stream.of(context, question, answer, support).filter(name -> !name.isEmpty())
                .flatMap(name -> Stream.of(name, name.replaceFirst("\\..*", ""))).collect(Collectors.toSet());
    }

    Episode episode(JsonValue instance) {
        List<String> segments = Fields.allTexts(find(instance, context));
        if (segments.isEmpty()) {
            throw Fields.problem(find(instance, context), "there is no text here: give one");
        }
        JsonValue answers = find(instance, answer);
        if (answers.elements() != null && answers.elements().isEmpty()) {
            throw Fields.problem(answers, "there is nothing in this list: give it at least one entry");
        }
        List<String> facts = support.isEmpty() ? List.of() : Fields.allTexts(find(instance, support));
        return new Episode(segments, List.of(new Question("question", Fields.text(find(instance, question)),
                Fields.text(answers.elements() == null ? answers : answers.elements().get(0)), facts,
                Position.ofLast(facts, segments))));
    }

    private static JsonValue find(JsonValue within, String name) {
        Map<String, JsonValue> members = within.members();
        if (members == null) {
            throw Fields.problem(within, "expected an object, {…}, with " + name);
        }
        if (members.containsKey(name)) {
            return members.get(name);
        }
        int dot = name.indexOf('.');
        if (dot > 0 && members.containsKey(name.substring(0, dot))) {
            return find(members.get(name.substring(0, dot)), name.substring(dot + 1));
        }
        throw Fields.problem(within, "there is no " + name + ", only " + String.join(", ", members.keySet())
                + ": correct it in columns");
    }
}
