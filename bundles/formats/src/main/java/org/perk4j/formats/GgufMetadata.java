package org.perk4j.formats;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The metadata of a GGUF file, read key by key. Exceptions name the file and the key that is missing or of another type than
 * expected.
 */
final class GgufMetadata {

    private static final int MOST = 1 << 24;

    private final Path file;
    private final Map<String, Object> values;

    /** @param values as {@link GgufHeader#metadata} has them */
    GgufMetadata(Path file, Map<String, Object> values) {
        this.file = file;
        this.values = values;
    }

    Set<String> keys() {
        return values.keySet();
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    String text(String key) throws FileFormatException {
        return textIfAny(key).orElseThrow(() -> refusal(key, "is missing: get a file that llama.cpp's converter wrote"));
    }

    Optional<String> textIfAny(String key) throws FileFormatException {
        return Optional.ofNullable(value(key, String.class, "a text"));
    }

    boolean flag(String key, boolean absent) throws FileFormatException {
        Boolean value = value(key, Boolean.class, "true or false");
        return value == null ? absent : value;
    }

    /** @return the whole number under a required key, from 0 to 2²⁴ */
    int count(String key) throws FileFormatException {
        Integer count = countIfAny(key);
        if (count == null) {
            throw refusal(key, "is missing: get a file that llama.cpp's converter wrote");
        }
        return count;
    }

    /** @return the whole number under a key, from 0 to 2²⁴; null if absent */
    Integer countIfAny(String key) throws FileFormatException {
        Long value = value(key, Long.class, "a whole number");
        if (value != null && (value < 0 || value > MOST)) {
            throw refusal(key, Long.toUnsignedString(value) + " is not a whole number up to " + MOST);
        }
        return value == null ? null : value.intValue();
    }

    /** @return the number under a key; null if absent */
    Double numberIfAny(String key) throws FileFormatException {
        Number value = value(key, Number.class, "a number");
        return value == null ? null : (Double) value.doubleValue();
    }

    /** @return the strings under a required key */
    List<String> texts(String key) throws FileFormatException {
        List<?> values = value(key, List.class, "a list of texts");
        if (values == null) {
            throw refusal(key, "is missing: get a file that llama.cpp's converter wrote");
        }
        for (Object each : values) {
            if (!(each instanceof String)) {
                throw refusal(key, "is not a list of texts: get a file that llama.cpp's converter wrote");
            }
        }
        return values.stream().map(String.class::cast).toList();
    }

    /** @return the numbers under a key; null if absent */
    double[] numbersIfAny(String key, int count) throws FileFormatException {
        double[] values = value(key, double[].class, "a list of numbers");
        if (values != null && values.length != count) {
            throw refusal(key, "has " + values.length + " numbers where there must be " + count
                    + ": get a file that llama.cpp's converter wrote");
        }
        return values;
    }

    /** @return the value under a key, null if absent */
    Object value(String key) {
        return values.get(key);
    }

    private <T> T value(String key, Class<T> type, String kind) throws FileFormatException {
        Object value = values.get(key);
        if (value != null && !type.isInstance(value)) {
            throw refusal(key, "is not " + kind + ": get a file that llama.cpp's converter wrote");
        }
        return type.cast(value);
    }

    /** @return an exception to be thrown, which names the file, the key and the problem */
    FileFormatException refusal(String key, String problem) {
        return new FileFormatException(file, key + ": " + problem);
    }
}
