package org.perk4j.peft;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;

/**
 * PEFT's {@code adapter_config.json}. What is asked for is ticked off; at the end {@link #requireNothingElse} refuses an
 * adapter that does something which nobody asked about. All methods throw {@link IllegalArgumentException} that begins with
 * the key. For one thread.
 */
public final class PeftConfiguration {

    /** What the names of an adapter's tensors begin with, before the module's path. */
    public static final String PREFIX = "base_model.model.";

    /** What doesn't change what an adapter does when it is applied. */
    private static final Set<String> NEUTRAL = Set.of("peft_type", "task_type", "peft_version", "auto_mapping", "revision",
            "base_model_name_or_path", "inference_mode", "runtime_config", "fan_in_fan_out", "megatron_config",
            "megatron_core");

    private final Map<String, Object> content;
    private final Set<String> known = new HashSet<>(NEUTRAL);

    /** @param content numbers as {@link Double} */
    public PeftConfiguration(Map<String, Object> content) {
        this.content = content;
    }

    /** @return whether {@code peft_type} is this */
    public boolean is(String type) {
        return type.equals(content.get("peft_type"));
    }

    /** @return whether a flag is set; false if it isn't there */
    public boolean flag(String key) {
        Object value = value(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw refused(key, "neither true nor false");
    }

    /** @return a finite number */
    public double number(String key, double preset) {
        Object value = value(key);
        return value == null ? preset : number(key, value);
    }

    /** @return a whole number, at least 1 */
    public int count(String key, int preset) {
        return count(key, number(key, preset));
    }

    /** @return an object of numbers for some layers, such as {@code rank_pattern}, to be read by {@link Patterns} */
    public JsonValue patterns(String key) {
        Object value = value(key);
        JsonValue object = JsonValue.of(value == null ? Map.of() : value);
        new Patterns(key, object);
        return object;
    }

    /** @return anything; an empty object if it isn't there */
    public JsonValue anything(String key) {
        Object value = value(key);
        return JsonValue.of(value == null ? Map.of() : value);
    }

    /** @return a list of strings; empty if it isn't there */
    public List<String> texts(String key) {
        Object value = value(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
            throw refused(key, "no list of strings");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** @return which layers it acts at */
    public Modules modules() {
        Object target = value("target_modules");
        Object exclude = value("exclude_modules");
        if (target == null) {
            throw refused("target_modules", "says not which layers are adapted");
        }
        Object layers = value("layers_to_transform");
        List<?> numbers = layers == null ? List.of() : layers instanceof List<?> list ? list : List.of(layers);
        return new Modules(JsonValue.of(target), JsonValue.of(exclude == null ? List.of() : exclude),
                numbers.stream().map(number -> (int) number("layers_to_transform", number)).toList());
    }

    /**
     * @param only the word of the type for the biases of the layers that it adapts
     * @return which weights of the base are learned beside it
     */
    public LearnedWeights learnedWeights(String only) {
        Object bias = value("bias");
        LearnedWeights weights = new LearnedWeights(bias == null ? LearnedWeights.NONE : String.valueOf(bias),
                texts("modules_to_save"));
        require("bias", LearnedWeights.NONE, LearnedWeights.ALL, only);
        return weights;
    }

    /** Says that a key doesn't change what is done, whatever its value. */
    public PeftConfiguration ignore(String... keys) {
        known.addAll(List.of(keys));
        return this;
    }

    /** @throws IllegalArgumentException if it is anything else than one of these values or not there */
    public PeftConfiguration require(String key, Object... values) {
        Object value = value(key);
        if (value != null && !List.of(values).contains(value)) {
            throw refused(key, "not supported, only " + Json.writeLine(List.of(values)) + " is");
        }
        return this;
    }

    /** @throws IllegalArgumentException naming a key that is set and that nobody asked for */
    public void requireNothingElse() {
        content.forEach((key, value) -> {
            if (!known.contains(key) && isSet(value)) {
                throw refused(key, "what this does to an adapter is not known");
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
        throw refused(key, "no number that can be used");
    }

    private int count(String key, double number) {
        if (number >= 1 && number == Math.rint(number)) {
            return (int) number;
        }
        throw refused(key, "no whole number of at least 1");
    }

    private IllegalArgumentException refused(String key, String reason) {
        return new IllegalArgumentException(key + ": " + Json.writeLine(content.get(key)) + ": " + reason);
    }
}
