package org.perk4j.formats;

import java.util.List;
import java.util.Map;

/**
 * The content of a model's {@code config.json}, or of an object in it. As in Hugging Face's libraries, a key whose value is
 * null counts as absent. Every refusal is an {@link IllegalArgumentException} that names the key. Immutable and thread-safe
 * if its content is.
 */
public final class ModelConfig {

    /** Larger than any count in a real model; the product of two still fits a long. */
    private static final int MOST = 1 << 24;

    private final String type;
    private final String path;
    private final Map<?, ?> values;

    /**
     * @param type   {@code model_type}, for messages
     * @param values the content of the file: numbers as {@link Double}
     */
    public ModelConfig(String type, Map<String, Object> values) {
        this(type, "", values);
    }

    private ModelConfig(String type, String path, Map<?, ?> values) {
        this.type = type;
        this.path = path;
        this.values = values;
    }

    /** @return the key of this object, for messages; empty for the whole file */
    public String path() {
        return path;
    }

    /** @return whether there is a value under a key */
    public boolean has(String key) {
        return values.get(key) != null;
    }

    /** @return whether a key is present with the value null, which may differ in meaning from an absent key */
    public boolean isNull(String key) {
        return values.containsKey(key) && !has(key);
    }

    /** @return the object under a key, empty if absent */
    public ModelConfig object(String key) {
        String inner = path.isEmpty() ? key : path + "." + key;
        if (!has(key)) {
            return new ModelConfig(type, inner, Map.of());
        }
        if (values.get(key) instanceof Map<?, ?> object) {
            return new ModelConfig(type, inner, object);
        }
        throw refusal(key, values.get(key) + " is not an object");
    }

    /** @return the positive integer under a key, which must be present; at most 2²⁴ */
    public int count(String key) {
        if (!has(key)) {
            throw refusal(key, "missing");
        }
        if (!(values.get(key) instanceof Number number) || number.doubleValue() < 1
                || number.longValue() != number.doubleValue()) {
            throw refusal(key, values.get(key) + " is not a positive integer");
        }
        return requireSensible(key, number.longValue());
    }

    /** @return {@code count}, which was computed from the value under a key, unless it is too large for a real model */
    public int requireSensible(String key, long count) {
        if (count > MOST) {
            throw refusal(key, "comes to " + count + ", and no model has more than " + MOST);
        }
        return (int) count;
    }

    /** @return the positive integer under a key */
    public int count(String key, int absent) {
        return has(key) ? count(key) : absent;
    }

    /** @return the positive number under a key, which must be present */
    public double positiveNumber(String key) {
        if (!has(key)) {
            throw refusal(key, "missing");
        }
        if (!(values.get(key) instanceof Number number) || !(number.doubleValue() > 0)) {
            throw refusal(key, values.get(key) + " is not a positive number");
        }
        return number.doubleValue();
    }

    /** @return the positive number under a key */
    public double positiveNumber(String key, double absent) {
        return has(key) ? positiveNumber(key) : absent;
    }

    /** @return the boolean under a key, false if absent */
    public boolean flag(String key) {
        if (has(key) && !(values.get(key) instanceof Boolean)) {
            throw refusal(key, values.get(key) + " is not true or false");
        }
        return Boolean.TRUE.equals(values.get(key));
    }

    /**
     * @param remedy what to do about another value
     * @return the value under a key, or the first of those supported if absent
     */
    public String oneOf(String key, List<String> supported, String remedy) {
        Object value = has(key) ? values.get(key) : supported.get(0);
        if (value instanceof String text && supported.contains(text)) {
            return text;
        }
        throw refusal(key, value + " is not supported for " + type + ", only " + String.join(", ", supported) + ": "
                + remedy);
    }

    /**
     * Refuses any other value. An absent key is accepted: older files lack the keys that Hugging Face added later.
     *
     * @param because the reason, or what to do about another value
     */
    public void requireOnly(String key, Object supported, String because) {
        if (has(key) && !values.get(key).equals(supported)) {
            throw refusal(key, values.get(key) + " is not supported for " + type + ", only " + supported + ": " + because);
        }
    }

    /**
     * Refuses any value.
     *
     * @param because the reason, or what to do about it
     */
    public void refuse(String key, String because) {
        if (has(key)) {
            throw refusal(key, "is not supported for " + type + ": " + because);
        }
    }

    /** @return the strings in the list under a key; none if absent */
    public List<String> texts(String key) {
        if (!has(key)) {
            return List.of();
        }
        if (values.get(key) instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw refusal(key, values.get(key) + " is not a list of strings");
    }

    /** @return the numbers in the list under a key; none if absent */
    public double[] numbers(String key) {
        if (!has(key)) {
            return new double[0];
        }
        if (values.get(key) instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
            return list.stream().mapToDouble(number -> ((Number) number).doubleValue()).toArray();
        }
        throw refusal(key, values.get(key) + " is not a list of numbers");
    }

    /** @return an exception to be thrown, which names the key and the problem */
    public IllegalArgumentException refusal(String key, String problem) {
        return new IllegalArgumentException((path.isEmpty() ? key : path + "." + key) + ": " + problem);
    }
}
