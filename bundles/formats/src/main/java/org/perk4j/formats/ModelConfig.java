package org.perk4j.formats;

import java.util.List;
import java.util.Map;

/**
 * What a model's {@code config.json} says, or an object in it, read by those who make the model. A key whose value is null
 * counts as absent, as Hugging Face takes it. Whatever is refused is an {@link IllegalArgumentException} that names the key.
 * As immutable as its content, and as thread-safe.
 */
public final class ModelConfig {

    /** Far more of anything than any model has; the product of two still fits a long. */
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

    /** @return whether the file says null under a key, which may mean something else than what an absent key means */
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

    /**
     * @return the positive integer under a key, which must not be absent; at most 2²⁴, more than any model has of anything
     */
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

    /** @return {@code count}, which was computed from the value under a key, if it isn't absurdly large */
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

    /** @return the positive number under a key, which must not be absent */
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

    /** @return what a key says, false if absent */
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
     * Refuses any other value. Absent means supported: files leave out what Hugging Face added after they were written.
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

    /** @return the texts in the list under a key; none if absent */
    public List<String> texts(String key) {
        if (!has(key)) {
            return List.of();
        }
        if (values.get(key) instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw refusal(key, values.get(key) + " is not a list of texts");
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
