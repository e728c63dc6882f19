package org.perk4j.formats;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A JSON value that remembers where it stood, so that whoever rejects it can say where.
 *
 * @param content a {@code Map<String, JsonValue>}, a {@code List<JsonValue>}, {@link String}, {@link BigDecimal},
 *                {@link Boolean}, or null
 * @param place   where it stood
 */
public record JsonValue(Object content, Place place) {

    /** @return a value that comes from no file, of maps, lists, strings, finite numbers, booleans and nulls */
    public static JsonValue of(Object plain) {
        return of(plain, Place.NOWHERE);
    }

    /** @return a value that stood at {@code place}, as {@link #of(Object)} takes it */
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
     * Where a value stood.
     *
     * @param file   the file, or null if it comes from none
     * @param path   the keys and indices that lead to it, such as {@code adapter.targets[2]}; empty for the whole
     * @param line   of its key, or of itself if it has none, from 1; 0 if not known
     * @param column like {@code line}
     */
    public record Place(Path file, String path, int line, int column) {

        /** Any other key is quoted, so that the message stays on one line and the path is unambiguous. */
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

        /** @return {@code problem} in one line, led by this place */
        public String describe(String problem) {
            return (file == null ? "" : Printable.line(file.toString()) + ": ")
                    + (line == 0 ? "" : "line " + line + ", column " + column + ": ")
                    + (path.isEmpty() ? "" : path + ": ")
                    + problem;
        }
    }
}
