package org.perk4j.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Jinja's filters that chat templates use, with {@code tojson} as transformers defines it. */
@FunctionalInterface
interface Filter {

    Object apply(Scope scope, Object value, Arguments arguments);

    /** A filter's arguments. */
    record Arguments(List<Object> inOrder, Map<String, Object> named) {

        Object get(int number, String name, Object absent) {
            return number < inOrder.size() ? inOrder.get(number) : named.getOrDefault(name, absent);
        }
    }

    /** @return the filter of that name; null if there is none */
    static Filter of(String name) {
        return switch (name) {
            case "trim" -> (scope, value, some) -> Method.strip(scope, Value.text(scope, value), some.inOrder, true, true);
            case "length", "count" -> (scope, value, some) -> length(scope, value);
            case "default", "d" -> (scope, value, some) -> value == Value.UNDEFINED
                    || Value.isTrue(some.get(1, "boolean", false)) && !Value.isTrue(value)
                            ? some.get(0, "default_value", "") : value;
            case "string" -> (scope, value, some) -> Value.text(scope, value);
            case "int" -> (scope, value, some) -> number(scope, value, some).longValue();
            case "float" -> (scope, value, some) -> number(scope, value, some).doubleValue();
            case "abs" -> (scope, value, some) -> value instanceof Double real ? (Object) Math.abs(real)
                    : (Object) Math.abs(Value.whole(scope, value));
            case "upper" -> (scope, value, some) -> Value.text(scope, value).toUpperCase(Locale.ROOT);
            case "lower" -> (scope, value, some) -> Value.text(scope, value).toLowerCase(Locale.ROOT);
            case "title" -> (scope, value, some) -> Method.title(Value.text(scope, value));
            case "capitalize" -> (scope, value, some) -> Method.capitalize(Value.text(scope, value));
            case "replace" -> (scope, value, some) -> Method.replaced(scope, Value.text(scope, value),
                    Value.text(scope, some.get(0, "old", "")), Value.text(scope, some.get(1, "new", "")));
            case "indent" -> Filter::indent;
            case "tojson" -> (scope, value, some) -> JsonText.json(scope, value, some.get(0, "indent", null));
            case "safe" -> (scope, value, some) -> value;
            default -> ofList(name);
        };
    }

    private static Filter ofList(String name) {
        return switch (name) {
            case "first" -> (scope, value, some) -> edge(Value.elements(scope, value), true);
            case "last" -> (scope, value, some) -> edge(Value.elements(scope, value), false);
            case "list" -> (scope, value, some) -> new ArrayList<>(Value.elements(scope, value));
            case "join" -> Filter::join;
            case "items" -> (scope, value, some) -> items(scope, value);
            case "reverse" -> Filter::reverse;
            case "unique" -> (scope, value, some) -> unique(scope, value);
            case "map" -> Filter::map;
            case "select" -> (scope, value, some) -> selected(scope, value, some, false, true);
            case "reject" -> (scope, value, some) -> selected(scope, value, some, false, false);
            case "selectattr" -> (scope, value, some) -> selected(scope, value, some, true, true);
            case "rejectattr" -> (scope, value, some) -> selected(scope, value, some, true, false);
            default -> null;
        };
    }

    private static Object items(Scope scope, Object value) {
        if (value == Value.UNDEFINED) {
            return List.of();
        }
        if (!(value instanceof Map)) {
            throw scope.failure(Value.kind(value) + " has no items");
        }
        return Method.of(scope, value, "items").call(List.of(), Map.of());
    }

    private static Object length(Scope scope, Object value) {
        return value instanceof String text ? (long) text.codePointCount(0, text.length())
                : (long) Value.elements(scope, value).size();
    }

    private static Object edge(List<?> elements, boolean first) {
        return elements.isEmpty() ? Value.UNDEFINED : elements.get(first ? 0 : elements.size() - 1);
    }

    private static Number number(Scope scope, Object value, Arguments some) {
        Object absent = some.get(0, "default", 0L);
        if (!Value.isNumber(absent)) {
            throw scope.failure(Value.kind(absent) + " isn't a number");
        }
        try {
            return Value.isNumber(value) ? Value.number(value)
                    : value instanceof String text ? (Number) Double.valueOf(text.strip()) : Value.number(absent);
        } catch (NumberFormatException e) {
            return Value.number(absent); // as Jinja has it
        }
    }

    private static Object indent(Scope scope, Object value, Arguments some) {
        Object width = some.get(0, "width", 4L);
        String before = width instanceof String text ? text : " ".repeat((int) Math.min(1000, Value.whole(scope, width)));
        boolean first = Value.isTrue(some.get(1, "first", false));
        boolean blank = Value.isTrue(some.get(2, "blank", false));
        String[] lines = Value.text(scope, value).split("\n", -1);
        scope.work((long) lines.length * before.length());
        for (int i = first ? 0 : 1; i < lines.length; i++) {
            lines[i] = lines[i].isEmpty() && !blank ? lines[i] : before + lines[i];
        }
        return String.join("\n", lines);
    }

    private static Object join(Scope scope, Object value, Arguments some) {
        String between = Value.text(scope, some.get(0, "d", ""));
        Object attribute = some.get(1, "attribute", null);
        StringBuilder joined = new StringBuilder();
        for (Object each : Value.elements(scope, value)) {
            String text = Value.text(scope, attribute == null ? each : Value.item(scope, each, attribute));
            scope.work(text.length() + between.length());
            joined.append(text).append(between);
        }
        joined.setLength(Math.max(0, joined.length() - between.length()));
        return joined.toString();
    }

    private static Object reverse(Scope scope, Object value, Arguments some) {
        if (value instanceof String text) {
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> reversed = new ArrayList<>(Value.elements(scope, value));
        Collections.reverse(reversed);
        return reversed;
    }

    private static List<Object> unique(Scope scope, Object value) {
        List<Object> unique = new ArrayList<>();
        for (Object each : Value.elements(scope, value)) {
            if (!Value.contains(scope, unique, each)) {
                unique.add(each);
            }
        }
        return unique;
    }

    private static Object map(Scope scope, Object value, Arguments some) {
        List<?> elements = Value.elements(scope, value);
        scope.work(elements.size());
        if (some.named.containsKey("attribute")) {
            Object absent = some.named.getOrDefault("default", Value.UNDEFINED);
            return elements.stream().map(each -> Value.item(scope, each, some.named.get("attribute")))
                    .map(found -> found == Value.UNDEFINED ? absent : found).collect(Collectors.toList());
        }
        Filter filter = some.inOrder.isEmpty() ? null : of(Value.text(scope, some.inOrder.get(0)));
        if (filter == null) {
            throw scope.failure("map needs the name of a filter, or an attribute");
        }
        Arguments rest = new Arguments(some.inOrder.subList(1, some.inOrder.size()), some.named);
        return elements.stream().map(each -> filter.apply(scope, each, rest)).collect(Collectors.toList());
    }

    private static Object selected(Scope scope, Object value, Arguments some, boolean attribute, boolean kept) {
        int first = attribute ? 1 : 0;
        if (some.inOrder.size() < first) {
            throw scope.failure("the name of an attribute is missing");
        }
        Check check = some.inOrder.size() == first ? (inner, each, none) -> Value.isTrue(each)
                : Check.of(Value.text(scope, some.inOrder.get(first)));
        if (check == null) {
            throw scope.failure("there is no test " + Value.literal(scope, some.inOrder.get(first)));
        }
        List<Object> rest = some.inOrder.subList(Math.min(first + 1, some.inOrder.size()), some.inOrder.size());
        List<Object> selected = new ArrayList<>();
        for (Object each : Value.elements(scope, value)) {
            scope.work(1);
            Object looked = attribute ? Value.item(scope, each, some.inOrder.get(0)) : each;
            if (check.holds(scope, looked, rest) == kept) {
                selected.add(each);
            }
        }
        return selected;
    }
}
