package org.perk4j.peft;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;

/**
 * PEFT's {@code adapter_config.json}. Each key that is read counts as known; at the end, {@link #requireNothingElse} refuses
 * an adapter with settings that nobody has read. All methods throw {@link IllegalArgumentException} with a message that
 * begins with the key. For use by one thread.
 */
public final class PeftConfiguration {

    /** The beginning of the names of an adapter's tensors, before the module's path. */
    public static final String PREFIX = "base_model.model.";

    /** Keys that don't change what a trained adapter computes. */
    private static final Set<String> NEUTRAL = Set.of("peft_type", "task_type", "peft_version", "auto_mapping", "revision",
            "base_model_name_or_path", "inference_mode", "runtime_config", "fan_in_fan_out", "megatron_config",
            "megatron_core");

    private final Map<String, Object> content;
    private final Set<String> known = new HashSet<>(NEUTRAL);

    /** @param content the parsed file, with numbers as {@link Double} */
    public PeftConfiguration(Map<String, Object> content) {
        this.content = content;
    }

    /** @return whether {@code peft_type} is this */
    public boolean is(String type) {
        return type.equals(content.get("peft_type"));
    }

    /** @return the value of a flag; false if absent */
    public boolean flag(String key) {
        Object value = value(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw refused(key, "neither true nor false");
    }

    /** @return a finite number; {@code preset} if absent */
    public double number(String key, double preset) {
        Object value = value(key);
        return value == null ? preset : number(key, value);
    }

    /** @return a whole number, at least 1; {@code preset} if absent */
    public int count(String key, int preset) {
        return count(key, number(key, preset));
    }

    /** @return an object of numbers for some layers, such as {@code rank_pattern}, for {@link Patterns} */
    public JsonValue patterns(String key) {
        Object value = value(key);
        JsonValue object = JsonValue.of(value == null ? Map.of() : value);
        new Patterns(key, object);
        return object;
    }

    /** @return any value; an empty object if absent */
    public JsonValue anything(String key) {
        Object value = value(key);
        return JsonValue.of(value == null ? Map.of() : value);
    }

    /** @return a list of strings; empty if absent */
    public List<String> texts(String key) {
        Object value = value(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
            throw refused(key, "not a list of strings");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** @return the layers that it adapts */
    public Modules modules() {
        Object target = value("target_modules");
        Object exclude = value("exclude_modules");
        if (target == null) {
            throw refused("target_modules", "is missing, so that the adapted layers are unknown");
        }
        Object layers = value("layers_to_transform");
        List<?> numbers = layers == null ? List.of() : layers instanceof List<?> list ? list : List.of(layers);
        return new Modules(JsonValue.of(target), JsonValue.of(exclude == null ? List.of() : exclude),
                numbers.stream().map(number -> (int) number("layers_to_transform", number)).toList());
    }

    /**
     * @param only the type's value of {@code bias} for the biases of the adapted layers
     * @return the weights of the base that are learned in addition
     */
    public LearnedWeights learnedWeights(String only) {
        Object bias = value("bias");
        LearnedWeights weights = new LearnedWeights(bias == null ? LearnedWeights.NONE : String.valueOf(bias),
                texts("modules_to_save"));
        require("bias", LearnedWeights.NONE, LearnedWeights.ALL, only);
        return weights;
    }

    /** Accepts any value of these keys, which don't change what the adapter computes. */
    public PeftConfiguration ignore(String... keys) {
        known.addAll(List.of(keys));
        return this;
    }

    /** @throws IllegalArgumentException unless the key is absent or has one of these values */
    public PeftConfiguration require(String key, Object... values) {
        Object value = value(key);
        if (value != null && !List.of(values).contains(value)) {
            throw refused(key, "not supported, only " + Json.writeLine(List.of(values)) + " is");
        }
        return this;
    }

    /** @throws IllegalArgumentException naming a key that is set but was not read */
    public void requireNothingElse() {
        content.forEach((key, value) -> {
            if (!known.contains(key) && isSet(value)) {
                throw refused(key, "this key is not supported");
            }
        });
    }

    private Object value(String key) {
        known.add(key);
        return content.get(key);
    }

    private static boolean isSet(Object value) {
        return value != null && !Boolean.FALSE.equals(value) && !(value instanceof Collection<?> list && list.isEmpty())
                && !(value instanceof Map<?, ?> map && map.isEmpty());
    }

    private double number(String key, Object value) {
        if (value instanceof Double number && Double.isFinite(number) && Math.abs(number) < Integer.MAX_VALUE) {
            return number;
        }
        throw refused(key, "not a finite number");
    }

    private int count(String key, double number) {
        if (number >= 1 && number == Math.rint(number)) {
            return (int) number;
        }
        throw refused(key, "not a whole number of at least 1");
    }

    private IllegalArgumentException refused(String key, String reason) {
        return new IllegalArgumentException(key + ": " + Json.writeLine(content.get(key)) + ": " + reason);
    }
}
