package org.perk4j.model.llama;

import java.util.List;
import java.util.Map;

/**
 * The keys of {@code config.json}, or of an object in it. One whose value is null counts as absent, as Hugging Face takes
 * it. Whatever is refused is an {@link IllegalArgumentException} that names the key.
 *
 * @param type  {@code model_type}, for messages
 * @param path  the key of the object; empty for the whole file
 * @param values its content
 */
record Keys(String type, String path, Map<?, ?> values) {

    boolean has(String key) {
        return values.get(key) != null;
    }

    /** @return the object under a key, empty if absent */
    Keys object(String key) {
        if (!has(key)) {
            return new Keys(type, key, Map.of());
        }
        if (values.get(key) instanceof Map<?, ?> object) {
            return new Keys(type, key, object);
        }
        throw refusal(key, values.get(key) + " is not an object");
    }

    int count(String key) {
        if (!has(key)) {
            throw refusal(key, "missing");
        }
        if (!(values.get(key) instanceof Number number) || number.intValue() < 1
                || number.intValue() != number.doubleValue()) {
            throw refusal(key, values.get(key) + " is not a positive integer");
        }
        return number.intValue();
    }

    double positiveNumber(String key) {
        if (!has(key)) {
            throw refusal(key, "missing");
        }
        if (!(values.get(key) instanceof Number number) || !(number.doubleValue() > 0)) {
            throw refusal(key, values.get(key) + " is not a positive number");
        }
        return number.doubleValue();
    }

    double positiveNumber(String key, double absent) {
        return has(key) ? positiveNumber(key) : absent;
    }

    /** @return false if absent */
    boolean flag(String key) {
        if (has(key) && !(values.get(key) instanceof Boolean)) {
            throw refusal(key, values.get(key) + " is not true or false");
        }
        return Boolean.TRUE.equals(values.get(key));
    }

    /** @return the value, or the first of those supported if absent */
    String oneOf(String key, List<String> supported, String remedy) {
        Object value = has(key) ? values.get(key) : supported.get(0);
        if (value instanceof String text && supported.contains(text)) {
            return text;
        }
        throw refusal(key, value + " is not supported for " + type + ", only " + String.join(", ", supported) + ": "
                + remedy);
    }

    /** Absent means supported: files leave out what Hugging Face added after they were written. */
    void requireOnly(String key, Object supported, String because) {
        if (has(key) && !values.get(key).equals(supported)) {
            throw refusal(key, values.get(key) + " is not supported for " + type + ", only " + supported + ": " + because);
        }
    }

    IllegalArgumentException refusal(String key, String problem) {
        return new IllegalArgumentException((path.isEmpty() ? key : path + "." + key) + ": " + problem);
    }
}
