package org.perk4j.formats;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perk4j.formats.JsonValue.Place;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugin;

/** Fills one record from one JSON object and collects its errors. */
final class RecordBinder {

    private static final int LONGEST_QUOTE = 40;

    private final List<String> problems = new ArrayList<>();

    private RecordBinder() {
    }

    static <T> T bind(JsonValue object, Class<T> type) {
        RecordBinder binder = new RecordBinder();
        T record = binder.record(object, type);
        if (!binder.problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", binder.problems));
        }
        return record;
    }

    /** @return the mistakes in a record's components, which don't depend on the JSON that is bound to it */
    static List<String> problems(Class<?> type) {
        RecordBinder binder = new RecordBinder();
        List<String> problems = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Option option = component.getAnnotation(Option.class);
            try {
                if (option != null && !option.value().equals(Option.REQUIRED)) {
                    binder.value(preset(component, option.value(), Place.NOWHERE), component.getGenericType());
                } else {
                    // null suits no type, so that only an unsupported type throws
                    binder.value(new JsonValue(null, Place.NOWHERE), component.getGenericType());
                    binder.problems.clear();
                }
            } catch (IllegalStateException e) {
                problems.add(component.getName() + ": " + e.getMessage());
            }
            binder.problems.forEach(problem -> problems.add("the default of " + problem));
            binder.problems.clear();
        }
        return problems;
    }

    /** @return the record, or null if anything was wrong with it or within it */
    private <T> T record(JsonValue value, Class<T> type) {
        Map<String, JsonValue> members = value.members();
        if (members == null) {
            return mistyped(value, "an object, {…}");
        }
        int before = problems.size();
        RecordComponent[] components = type.getRecordComponents();
        Set<String> misspelt = reportUnknown(members, components);
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            arguments[i] = component(components[i], members, misspelt, value.place());
        }
        return problems.size() == before ? create(type, arguments, value.place()) : null;
    }

    /** @return the correct spelling of the misspelt keys */
    private Set<String> reportUnknown(Map<String, JsonValue> members, RecordComponent[] components) {
        List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
        List<String> unused = known.stream().filter(key -> !members.containsKey(key)).toList();
        Set<String> meant = new HashSet<>();
        members.forEach((key, member) -> {
            if (!known.contains(key)) {
                Optional<String> nearest = Spelling.nearest(key, unused);
                nearest.ifPresent(meant::add);
                report(member, "unknown key: " + nearest.map(right -> "did you mean \"" + right + "\"?")
                        .orElse(known.isEmpty() ? "no keys are allowed here" : "allowed are " + String.join(", ", known)));
            }
        });
        return meant;
    }

    private Object component(RecordComponent component, Map<String, JsonValue> members, Set<String> misspelt, Place place) {
        String key = component.getName();
        JsonValue given = members.get(key);
        if (given != null) {
            return value(given, component.getGenericType());
        }
        Option option = component.getAnnotation(Option.class);
        if (option != null && !option.value().equals(Option.REQUIRED)) {
            return value(preset(component, option.value(), place), component.getGenericType());
        }
        if (!misspelt.contains(key)) {
            problems.add(place.describe("the key \"" + key + "\" is missing: add it"
                    + (option == null ? "" : " (" + option.help() + ")")));
        }
        return null;
    }

    private static JsonValue preset(RecordComponent component, String text, Place place) {
        Place here = place.key(component.getName(), place.line(), place.column());
        Class<?> type = component.getType();
        boolean bare = type == String.class || type.isEnum() || type == PluginChoice.class && !text.startsWith("{");
        if (bare) {
            return new JsonValue(text, here);
        }
        try {
            return new JsonValue(JsonText.parse(null, text).content(), here);
        } catch (IOException e) {
            throw new IllegalStateException("the default of " + component.getDeclaringRecord().getName() + "."
                    + component.getName() + " is not JSON: " + text, e);
        }
    }

    private Object value(JsonValue value, Type type) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return list(value, list.getActualTypeArguments()[0]);
        }
        if (type == int.class || type == Integer.class) {
            Long number = wholeNumber(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
            return number == null ? null : number.intValue();
        }
        if (type == long.class || type == Long.class) {
            return wholeNumber(value, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == double.class || type == Double.class) {
            return number(value);
        }
        if (type == boolean.class || type == Boolean.class) {
            return value.content() instanceof Boolean ? value.content() : mistyped(value, "true or false");
        }
        if (type == String.class) {
            return value.content() instanceof String ? value.content() : mistyped(value, "a string");
        }
        if (type == PluginChoice.class) {
            return choice(value);
        }
        if (type == JsonValue.class) {
            return value;
        }
        if (type instanceof Class<?> constants && constants.isEnum()) {
            return constant(value, constants);
        }
        if (type instanceof Class<?> nested && nested.isRecord()) {
            return record(value, nested);
        }
        throw new IllegalStateException("a key can't be of type " + type.getTypeName());
    }

    private List<Object> list(JsonValue value, Type element) {
        if (value.elements() == null) {
            return mistyped(value, "a list, […]");
        }
        int before = problems.size();
        List<Object> bound = new ArrayList<>();
        value.elements().forEach(e -> bound.add(value(e, element)));
        return problems.size() == before ? List.copyOf(bound) : null;
    }

    private Long wholeNumber(JsonValue value, long least, long most) {
        if (value.content() instanceof BigDecimal number) {
            try {
                long whole = number.longValueExact();
                if (least <= whole && whole <= most) {
                    return whole;
                }
                return mistyped(value, "a whole number from " + least + " to " + most);
            } catch (ArithmeticException e) {
                return mistyped(value, "a whole number");
            }
        }
        return mistyped(value, "a whole number");
    }

    private Double number(JsonValue value) {
        return value.content() instanceof BigDecimal number ? (Double) number.doubleValue() : mistyped(value, "a number");
    }

    private Object constant(JsonValue value, Class<?> type) {
        List<String> names = Arrays.stream(type.getEnumConstants()).map(OptionTable::lowerCase).toList();
        if (value.content() instanceof String name) {
            for (Object constant : type.getEnumConstants()) {
                if (((Enum<?>) constant).name().equalsIgnoreCase(name)) {
                    return constant;
                }
            }
            String allowed = "one of " + String.join(", ", names);
            return mistyped(value,
                    Spelling.nearest(name, names).map(n -> "\"" + n + "\"? (" + allowed + ")").orElse(allowed));
        }
        return mistyped(value, "one of " + String.join(", ", names));
    }

    private PluginChoice choice(JsonValue value) {
        if (value.content() instanceof String type) {
            return new PluginChoice(type, new JsonValue(Map.of(), value.place()));
        }
        Map<String, JsonValue> members = value.members();
        if (members == null) {
            return mistyped(value, "a plugin, {\"type\": …}");
        }
        JsonValue type = members.get(Plugin.TYPE);
        if (type == null) {
            report(value, "the key \"type\" is missing: name the plugin");
            return null;
        }
        if (!(type.content() instanceof String name)) {
            return mistyped(type, "the name of a plugin");
        }
        Map<String, JsonValue> options = new LinkedHashMap<>(members);
        options.remove(Plugin.TYPE);
        return new PluginChoice(name, new JsonValue(options, value.place()));
    }

    private <T> T create(Class<T> type, Object[] arguments, Place place) {
        try {
            return Records.create(type, arguments);
        } catch (IllegalArgumentException e) {
            problems.add(place.describe(e.getMessage()));
            return null;
        }
    }

    private <T> T mistyped(JsonValue value, String expected) {
        String found = value.toString();
        report(value, "expected " + expected + ", found "
                + (found.length() <= LONGEST_QUOTE ? found : found.substring(0, LONGEST_QUOTE) + "…"));
        return null;
    }

    private void report(JsonValue value, String problem) {
        problems.add(value.place().describe(problem));
    }
}
