package org.perk4j.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Python's operations on values: strings, {@link Long}s, {@link Double}s, {@link Boolean}s, null for {@code None},
 * {@link List}s, {@link Map}s, {@link Function}s and {@link #UNDEFINED}.
 */
final class Value {

    /** The value of an undefined name. */
    static final Object UNDEFINED = new Object();

    private static final int DEEPEST = 100;

    private Value() {
    }

    /** @return about how many characters and elements an input value has */
    static long size(Object value) {
        return size(value, 0);
    }

    private static long size(Object value, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("values are nested more than " + DEEPEST + " deep");
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().mapToLong(e -> size(e.getKey(), depth + 1) + size(e.getValue(), depth + 1)).sum();
        }
        if (value instanceof List<?> list) {
            return list.stream().mapToLong(each -> size(each, depth + 1)).sum();
        }
        return value instanceof String text ? 1 + text.length() : 1;
    }

    static boolean isTrue(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        return value instanceof Boolean flag ? flag : value != null && value != UNDEFINED;
    }

    /** @return {@code str(value)} */
    static String text(Scope scope, Object value) {
        return value == UNDEFINED ? "" : value instanceof String text ? text : literal(scope, value);
    }

    /** @return {@code repr(value)} */
    static String literal(Scope scope, Object value) {
        scope.enter();
        String literal = value instanceof String text ? quoted(text)
                : value instanceof List<?> list ? list.stream().map(each -> literal(scope, each))
                        .collect(Collectors.joining(", ", "[", "]"))
                : value instanceof Map<?, ?> map ? map.entrySet().stream()
                        .map(each -> literal(scope, each.getKey()) + ": " + literal(scope, each.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"))
                : value instanceof Boolean flag ? flag ? "True" : "False"
                : value == null ? "None" : value == UNDEFINED ? "Undefined"
                : value instanceof Function ? "<function>" : value.toString();
        scope.leave();
        return scope.made(literal);
    }

    private static String quoted(String text) {
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        return quote + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
                .replace(String.valueOf(quote), "\\" + quote) + quote;
    }

    static boolean equal(Scope scope, Object a, Object b) {
        scope.work(1);
        if (isNumber(a) && isNumber(b)) {
            return number(a) instanceof Long x && number(b) instanceof Long y ? x.equals(y)
                    : number(a).doubleValue() == number(b).doubleValue();
        }
        scope.enter();
        boolean same = a instanceof List<?> x && b instanceof List<?> y ? equal(scope, x, y)
                : a instanceof Map<?, ?> x && b instanceof Map<?, ?> y ? equal(scope, x, y)
                : a == null ? b == null : !(a instanceof List) && !(a instanceof Map) && a.equals(b);
        scope.leave();
        return same;
    }

    private static boolean equal(Scope scope, List<?> a, List<?> b) {
        return a.size() == b.size() && IntStream.range(0, a.size()).allMatch(i -> equal(scope, a.get(i), b.get(i)));
    }

    private static boolean equal(Scope scope, Map<?, ?> a, Map<?, ?> b) {
        return a.keySet().equals(b.keySet()) && a.keySet().stream().allMatch(key -> equal(scope, a.get(key), b.get(key)));
    }

    /** @return {@code key}, which a mapping may have */
    static Object requireKey(Scope scope, Object key) {
        if (key == null || key instanceof String || isNumber(key)) {
            return key;
        }
        throw scope.failure(kind(key) + " can't be a key");
    }

    /** @return a number below, equal to or above 0, as for a comparator */
    static int compare(Scope scope, Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            scope.work(Math.min(x.length(), y.length()));
            return x.compareTo(y);
        }
        if (isNumber(a) && isNumber(b)) {
            return number(a) instanceof Long x && number(b) instanceof Long y ? x.compareTo(y)
                    : Double.compare(number(a).doubleValue(), number(b).doubleValue());
        }
        throw scope.failure(kind(a) + " and " + kind(b) + " have no order");
    }

    /** @return whether it is a number, as {@code True} and {@code False} are too */
    static boolean isNumber(Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    static Number number(Object value) {
        return value instanceof Boolean flag ? (Number) (flag ? 1L : 0L) : (Number) value;
    }

    /** @return the kind of a value, for messages */
    static String kind(Object value) {
        return value == null ? "none" : value == UNDEFINED ? "an undefined value" : value instanceof String ? "a string"
                : value instanceof List ? "a list" : value instanceof Map ? "a mapping" : isNumber(value) ? "a number"
                : "a function";
    }

    /** @return the elements that a loop over a value takes */
    static List<?> elements(Scope scope, Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Map<?, ?> map) {
            return scope.made(new ArrayList<>(map.keySet()));
        }
        if (value instanceof String text) {
            return scope.made(text.codePoints().mapToObj(Character::toString).toList());
        }
        if (value == UNDEFINED) {
            return List.of();
        }
        throw scope.failure(kind(value) + " has no elements");
    }

    static boolean contains(Scope scope, Object whole, Object part) {
        if (whole instanceof String text) {
            if (part instanceof String sought) {
                scope.work(text.length());
                return text.contains(sought);
            }
            throw scope.failure("only a string can be in a string, not " + kind(part));
        }
        List<?> elements = elements(scope, whole);
        return elements.stream().anyMatch(each -> equal(scope, each, part));
    }

    /** @return {@code value.name}: a method, or a mapping's value under that name */
    static Object attribute(Scope scope, Object value, String name) {
        Function method = Method.of(scope, value, name);
        return method != null ? method : item(scope, value, name);
    }

    /** @return {@code value[key]} */
    static Object item(Scope scope, Object value, Object key) {
        if (value == UNDEFINED) {
            throw scope.failure("an undefined value has no " + literal(scope, key));
        }
        if (value instanceof Map<?, ?> map) {
            return map.containsKey(requireKey(scope, key)) ? map.get(key) : UNDEFINED;
        }
        if (key instanceof Long index && (value instanceof List || value instanceof String)) {
            List<?> elements = elements(scope, value);
            long at = index < 0 ? elements.size() + index : index;
            return at < 0 || at >= elements.size() ? UNDEFINED : elements.get((int) at);
        }
        return UNDEFINED;
    }

    /** @return {@code value[from:to:step]}; null for what is left out */
    static Object slice(Scope scope, Object value, Object from, Object to, Object step) {
        if (!(value instanceof List) && !(value instanceof String)) {
            throw scope.failure(kind(value) + " has no slices");
        }
        long by = step == null ? 1 : whole(scope, step);
        if (by == 0) {
            throw scope.failure("a slice's step is 0");
        }
        List<?> elements = elements(scope, value);
        int size = elements.size();
        by = Math.max(-size - 1L, Math.min(size + 1L, by)); // so that no sum overflows
        long start = from == null ? by > 0 ? 0 : size - 1 : bounded(whole(scope, from), size, by);
        long end = to == null ? by > 0 ? size : -1 : bounded(whole(scope, to), size, by);
        List<Object> slice = new ArrayList<>();
        for (long i = start; by > 0 ? i < end : i > end; i += by) {
            scope.work(1);
            slice.add(elements.get((int) i));
        }
        return value instanceof String ? slice.stream().map(String.class::cast).collect(Collectors.joining()) : slice;
    }

    /** Python's bounds of slices. */
    private static long bounded(long index, int size, long step) {
        long at = index < 0 ? index + size : index;
        return step > 0 ? Math.max(0, Math.min(size, at)) : Math.max(-1, Math.min(size - 1, at));
    }

    static long whole(Scope scope, Object value) {
        if (isNumber(value) && number(value) instanceof Long number) {
            return number;
        }
        throw scope.failure(kind(value) + " isn't a whole number");
    }

    static String requireText(Scope scope, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw scope.failure(kind(value) + " isn't a string");
    }
}
