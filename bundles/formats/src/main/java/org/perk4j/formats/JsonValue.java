package org.perk4j.formats;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A JSON value with its place, for messages about it.
 *
 * @param content a {@code Map<String, JsonValue>}, a {@code List<JsonValue>}, {@link String}, {@link BigDecimal},
 *                {@link Boolean}, or null
 * @param place   where it is in its file
 */
public record JsonValue(Object content, Place place) {

    /** @return a value without a file, made of maps, lists, strings, finite numbers, booleans and nulls */
    public static JsonValue of(Object plain) {
        return of(plain, Place.NOWHERE);
    }

    /** @return a value at {@code place}, made as by {@link #of(Object)} */
    public static JsonValue of(Object plain, Place place) {
        if (plain instanceof Map<?, ?> map) {
            Map<String, JsonValue> members = new LinkedHashMap<>();
            map.forEach((key, member) -> members.put((String) key,
                    of(member, place.key((String) key, place.line(), place.column()))));
            return new JsonValue(members, place);
        }
        if (plain instanceof List<?> list) {
            List<JsonValue> elements = new ArrayList<>();
            list.forEach(element -> elements.add(of(element, place.index(elements.size(), place.line(), place.column()))));
            return new JsonValue(elements, place);
        }
        if (plain instanceof Number number) {
            return new JsonValue(new BigDecimal(number.toString()), place);
        }
        if (plain == null || plain instanceof String || plain instanceof Boolean) {
            return new JsonValue(plain, place);
        }
        throw new IllegalArgumentException("no JSON for " + plain.getClass().getName());
    }

    /** @return the value without places: maps and lists of plain values, numbers as {@link Double} */
    public Object plain() {
        if (content instanceof Map<?, ?> members) {
            Map<String, Object> map = new LinkedHashMap<>();
            members.forEach((key, member) -> map.put((String) key, ((JsonValue) member).plain()));
            return map;
        }
        if (content instanceof List<?> elements) {
            List<Object> list = new ArrayList<>();
            elements.forEach(element -> list.add(((JsonValue) element).plain()));
            return list;
        }
        return content instanceof BigDecimal number ? number.doubleValue() : content;
    }

    /** @return the members of an object, in order; null if this isn't one */
    @SuppressWarnings("unchecked")
    public Map<String, JsonValue> members() {
        return content instanceof Map ? (Map<String, JsonValue>) content : null;
    }

    /** @return the elements of an array; null if this isn't one */
    @SuppressWarnings("unchecked")
    public List<JsonValue> elements() {
        return content instanceof List ? (List<JsonValue>) content : null;
    }

    @Override
    public String toString() {
        return Json.writeLine(this);
    }

    /**
     * The place of a value.
     *
     * @param file   the file; null if there is none
     * @param path   the keys and indices that lead to it, such as {@code adapter.targets[2]}; empty for the whole
     * @param line   the line of its key, or of the value if it has no key, from 1; 0 if unknown
     * @param column like {@code line}
     */
    public record Place(Path file, String path, int line, int column) {

        /** Other keys are quoted, so that the message stays on one line and the path is unambiguous. */
        private static final Pattern PLAIN_KEY = Pattern.compile("[\\w-]+", Pattern.UNICODE_CHARACTER_CLASS);

        static final Place NOWHERE = new Place(null, "", 0, 0);

        Place key(String key, int line, int column) {
            boolean plain = PLAIN_KEY.matcher(key).matches();
            String step = plain ? (path.isEmpty() ? "" : ".") + key : "[" + Json.writeLine(key) + "]";
            return new Place(file, path + step, line, column);
        }

        Place index(int index, int line, int column) {
            return new Place(file, path + "[" + index + "]", line, column);
        }

        /** @return {@code problem} in one line that begins with this place */
        public String describe(String problem) {
            return (file == null ? "" : Printable.line(file.toString()) + ": ")
                    + (line == 0 ? "" : "line " + line + ", column " + column + ": ")
                    + (path.isEmpty() ? "" : path + ": ")
                    + problem;
        }
    }
}
