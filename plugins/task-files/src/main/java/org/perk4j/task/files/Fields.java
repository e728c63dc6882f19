package org.perk4j.task.files;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Printable;

/** The fields of a JSON object, with messages that name the place of an invalid one. */
final class Fields {

    private final JsonValue value;
    private final Map<String, JsonValue> members;
    private final Placeholders placeholders;

    /** @throws IllegalArgumentException if {@code value} is not an object */
    Fields(JsonValue value, Placeholders placeholders) {
        if (value.members() == null) {
            throw problem(value, "expected an object, {…}");
        }
        this.value = value;
        this.members = value.members();
        this.placeholders = placeholders;
    }

    static IllegalArgumentException problem(JsonValue value, String problem) {
        return new IllegalArgumentException(value.place().describe(Printable.line(problem))); // it may quote the file
    }

    JsonValue value() {
        return value;
    }

    /** @return whether there is such a field, and it isn't null */
    boolean has(String key) {
        return members.containsKey(key) && members.get(key).content() != null;
    }

    JsonValue get(String key) {
        if (!members.containsKey(key)) {
            throw problem(value, "the key " + key + " is missing: add it");
        }
        return members.get(key);
    }

    /** @return all fields, in order; each must be a string, number or boolean */
    Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        members.forEach((key, member) -> all.put(key, text(member)));
        return all;
    }

    String text(String key) {
        return text(get(key));
    }

    /** @return a list of strings, without placeholders; empty if there is no such key */
    List<String> textsIfAny(String key) {
        return has(key) ? placeholders.skipped(list(key)).stream().map(Fields::text).toList() : List.of();
    }

    /** @return a non-empty list of strings, without placeholders; a single string counts as a list of one */
    List<String> texts(String key) {
        return get(key).content() instanceof String text ? List.of(text)
                : filled(key).stream().map(Fields::text).toList();
    }

    /** @return the fields of another object */
    Fields of(JsonValue object) {
        return new Fields(object, placeholders);
    }

    Fields object(String key) {
        return new Fields(get(key), placeholders);
    }

    /** @return a non-empty list of objects, without placeholders */
    List<Fields> objects(String key) {
        return filled(key).stream().map(entry -> new Fields(entry, placeholders)).toList();
    }

    private List<JsonValue> filled(String key) {
        List<JsonValue> list = placeholders.skipped(list(key));
        if (list.isEmpty()) {
            throw problem(get(key), "there is nothing in this list: give it at least one entry");
        }
        return list;
    }

    /** @return the whole list, with placeholders */
    List<JsonValue> list(String key) {
        return list(get(key));
    }

    static List<JsonValue> list(JsonValue value) {
        if (value.elements() == null) {
            throw problem(value, "expected a list, […]");
        }
        return value.elements();
    }

    static String text(JsonValue value) {
        if (value.content() instanceof String || value.content() instanceof BigDecimal
                || value.content() instanceof Boolean) {
            return value.content().toString();
        }
        throw problem(value, "expected a string, \"…\"");
    }

    /** @return a text, or all texts in a list and its lists, in order; without nulls and blank texts */
    static List<String> allTexts(JsonValue value) {
        List<String> texts = new ArrayList<>();
        if (value.elements() != null) {
            value.elements().forEach(element -> texts.addAll(allTexts(element)));
        } else if (value.content() != null && !text(value).isBlank()) {
            texts.add(text(value));
        }
        return texts;
    }
}
