package org.perk4j.tokenizer.huggingface;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;

/**
 * A JSON object that describes a part of a tokenizer, read key by key. Refusals name file and place.
 */
final class Part {

    private static final String REMEDY = ": use a model with another tokenizer, or put the model's own file there";

    private final Path file;
    private final String path;
    private final Map<?, ?> values;
    private final Set<String> known = new HashSet<>(Set.of("type"));

    private Part(Path file, String path, Map<?, ?> values) {
        this.file = file;
        this.path = path;
        this.values = values;
    }

    /** @param value the value at {@code path} in the file */
    static Part of(Path file, String path, Object value) throws FileFormatException {
        if (value instanceof Map<?, ?> values) {
            return new Part(file, path, values);
        }
        throw refusal(file, path, value, "is not an object");
    }

    private static FileFormatException refusal(Path file, String path, Object value, String problem) {
        String written = Json.writeLine(value);
        return new FileFormatException(file,
                path + ": " + (written.length() > 100 ? written.substring(0, 100) + "…" : written) + " " + problem + REMEDY);
    }

    /** @return an exception for the caller to throw, which names the key and the problem */
    FileFormatException refusal(String key, String problem) {
        return refusal(file, at(key), values.get(key), problem);
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** @return the value under a key, null if there is none */
    Object get(String key) {
        known.add(key);
        return values.get(key);
    }

    /** @return all keys */
    List<String> keys() {
        return values.keySet().stream().map(String.class::cast).toList();
    }

    /** @return the number that is written as a key */
    int number(String key) throws FileFormatException {
        if (key.matches("[0-9]{1,8}")) {
            return Integer.parseInt(key);
        }
        throw new FileFormatException(file, at(key) + ": a key here must be a token's number" + REMEDY);
    }

    /** @return the object under a key */
    Part part(String key) throws FileFormatException {
        return of(file, at(key), get(key));
    }

    /** @return the objects in the list under a key */
    List<Part> parts(String key) throws FileFormatException {
        if (!(get(key) instanceof List<?> list)) {
            throw refusal(key, "is not a list");
        }
        List<Part> parts = new ArrayList<>();
        for (Object element : list) {
            parts.add(of(file, at(key) + "[" + parts.size() + "]", element));
        }
        return parts;
    }

    boolean flag(String key, boolean absent) throws FileFormatException {
        Object value = get(key);
        if (value != null && !(value instanceof Boolean)) {
            throw refusal(key, "is not true or false");
        }
        return value == null ? absent : (Boolean) value;
    }

    /** @return a string of at least one character */
    String text(String key) throws FileFormatException {
        if (get(key) instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw refusal(key, "is not a string of at least one character");
    }

    /** @return the string under a key, which must be a supported one */
    String oneOf(String key, List<String> supported) throws FileFormatException {
        if (get(key) instanceof String text && supported.contains(text)) {
            return text;
        }
        throw refusal(key, "is not supported, only " + String.join(", ", supported));
    }

    /** @return the whole number under a key, 0 if absent */
    int count(String key, int most) throws FileFormatException {
        Object value = get(key) == null ? (Double) 0.0 : get(key);
        if (value instanceof Double number && number >= 0 && number <= most && number == Math.rint(number)) {
            return number.intValue();
        }
        throw refusal(key, "is not a whole number from 0 to " + most);
    }

    /** Refuses keys that were not read and may change tokens. */
    void requireKnown() throws FileFormatException {
        for (Object key : values.keySet()) {
            if (!known.contains(key) && values.get(key) != null) {
                throw refusal((String) key, "is not a supported option");
            }
        }
    }
}
