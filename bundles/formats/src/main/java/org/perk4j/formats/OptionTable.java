package org.perk4j.formats;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.perk4j.plugin.Option;

/** The keys of a record of options as a table for people. */
final class OptionTable {

    private record Row(String key, String type, String preset, String help) {
    }

    private final List<Row> rows = new ArrayList<>();

    private OptionTable() {
    }

    static String of(Class<?> type) {
        OptionTable table = new OptionTable();
        table.add("", type);
        return table.render();
    }

    private void add(String prefix, Class<?> record) {
        for (RecordComponent component : record.getRecordComponents()) {
            String key = prefix + component.getName();
            Option option = component.getAnnotation(Option.class);
            boolean required = option == null || option.value().equals(Option.REQUIRED);
            rows.add(new Row(key, name(component.getGenericType()), required ? "required" : "default " + option.value(),
                    option == null ? "" : option.help()));
            if (component.getType().isRecord() && !isOpen(component.getType())) {
                add(key + ".", component.getType());
            }
        }
    }

    /** Whether the nested keys are unknown here because a plugin defines them. */
    private static boolean isOpen(Class<?> type) {
        return type == PluginChoice.class || type == JsonValue.class;
    }

    private static String name(Type type) {
        if (type instanceof ParameterizedType list) {
            return "list of " + name(list.getActualTypeArguments()[0]);
        }
        Class<?> c = (Class<?>) type;
        if (c.isEnum()) {
            return Arrays.stream(c.getEnumConstants()).map(OptionTable::lowerCase).collect(Collectors.joining(" | "));
        }
        if (c == int.class || c == long.class || c == Integer.class || c == Long.class) {
            return "whole number";
        }
        if (c == double.class || c == Double.class) {
            return "number";
        }
        if (c == boolean.class || c == Boolean.class) {
            return "true | false";
        }
        if (c == String.class) {
            return "string";
        }
        return c == PluginChoice.class ? "plugin" : c == JsonValue.class ? "anything" : "object";
    }

    static String lowerCase(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }

    private String render() {
        int keys = rows.stream().mapToInt(row -> row.key.length()).max().orElse(1);
        int types = rows.stream().mapToInt(row -> row.type.length()).max().orElse(1);
        int presets = rows.stream().mapToInt(row -> row.preset.length()).max().orElse(1);
        String format = "%-" + keys + "s  %-" + types + "s  %-" + presets + "s  %s";
        return rows.stream()
                .map(row -> String.format(Locale.ROOT, format, row.key, row.type, row.preset, row.help).stripTrailing()
                        + "\n")
                .collect(Collectors.joining());
    }
}
