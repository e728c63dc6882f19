package org.perk4j.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Python's methods of strings, mappings and lists that modify nothing. */
final class Method {

    private Method() {
    }

    /** The implementation of a method. */
    @FunctionalInterface
    private interface OfArguments {
        Object of(List<Object> arguments);
    }

    /** @return a value's method; null if it has none of that name */
    static Function of(Scope scope, Object value, String name) {
        OfArguments method = value instanceof String text ? ofText(scope, text, name)
                : value instanceof Map<?, ?> map ? ofMapping(scope, map, name)
                : value instanceof List<?> list ? ofList(scope, list, name) : null;
        return method == null ? null : (arguments, named) -> {
            if (!named.isEmpty()) {
                throw scope.failure(name + " is called with arguments by name, which is not supported");
            }
            return scope.made(method.of(arguments));
        };
    }

    private static OfArguments ofMapping(Scope scope, Map<?, ?> map, String name) {
        return switch (name) {
            case "items" -> none -> map.entrySet().stream().map(each -> pair(each.getKey(), each.getValue())).toList();
            case "keys" -> none -> new ArrayList<>(map.keySet());
            case "values" -> none -> new ArrayList<>(map.values());
            case "get" -> key -> map.containsKey(Value.requireKey(scope, argument(scope, key, 0))) ? map.get(key.get(0))
                    : key.size() > 1 ? key.get(1) : null;
            default -> null;
        };
    }

    static List<Object> pair(Object first, Object second) {
        List<Object> pair = new ArrayList<>();
        pair.add(first);
        pair.add(second);
        return pair;
    }

    private static OfArguments ofList(Scope scope, List<?> list, String name) {
        return switch (name) {
            case "index" -> sought -> {
                for (int i = 0; i < list.size(); i++) {
                    if (Value.equal(scope, list.get(i), argument(scope, sought, 0))) {
                        return (long) i;
                    }
                }
                throw scope.failure(Value.literal(scope, sought.get(0)) + " is not in the list");
            };
            case "count" -> sought -> list.stream()
                    .filter(each -> Value.equal(scope, each, argument(scope, sought, 0))).count();
            default -> null;
        };
    }

    private static OfArguments ofText(Scope scope, String text, String name) {
        return switch (name) {
            case "strip" -> some -> strip(scope, text, some, true, true);
            case "lstrip" -> some -> strip(scope, text, some, true, false);
            case "rstrip" -> some -> strip(scope, text, some, false, true);
            case "startswith" -> some -> any(scope, some).stream().anyMatch(text::startsWith);
            case "endswith" -> some -> any(scope, some).stream().anyMatch(text::endsWith);
            case "split" -> some -> split(scope, text, some);
            case "rsplit" -> some -> splitFromEnd(scope, text, some);
            case "splitlines" -> none -> text.lines().toList();
            case "replace" -> some -> replaced(scope, text, word(scope, some, 0), word(scope, some, 1));
            case "removeprefix" -> some -> text.startsWith(word(scope, some, 0))
                    ? text.substring(word(scope, some, 0).length()) : text;
            case "removesuffix" -> some -> text.endsWith(word(scope, some, 0))
                    ? text.substring(0, text.length() - word(scope, some, 0).length()) : text;
            case "find" -> some -> {
                int at = text.indexOf(word(scope, some, 0));
                return at < 0 ? -1L : (long) text.codePointCount(0, at);
            };
            case "count" -> some -> (long) text.split(Pattern.quote(word(scope, some, 0)), -1).length - 1;
            case "join" -> some -> String.join(text, Value.elements(scope, argument(scope, some, 0)).stream()
                    .map(each -> scope.made(Value.requireText(scope, each))).toList());
            case "upper" -> none -> text.toUpperCase(Locale.ROOT);
            case "lower" -> none -> text.toLowerCase(Locale.ROOT);
            case "title" -> none -> title(text);
            case "capitalize" -> none -> capitalize(text);
            case "isdigit" -> none -> isAll(text, Character::isDigit);
            case "isalpha" -> none -> isAll(text, Character::isLetter);
            case "isalnum" -> none -> isAll(text, Character::isLetterOrDigit);
            case "isspace" -> none -> isAll(text, Character::isWhitespace);
            case "isupper" -> none -> !text.equals(text.toLowerCase(Locale.ROOT))
                    && text.equals(text.toUpperCase(Locale.ROOT));
            case "islower" -> none -> !text.equals(text.toUpperCase(Locale.ROOT))
                    && text.equals(text.toLowerCase(Locale.ROOT));
            default -> null;
        };
    }

    private static boolean isAll(String text, IntPredicate of) {
        return !text.isEmpty() && text.codePoints().allMatch(of);
    }

    private static Object argument(Scope scope, List<Object> arguments, int number) {
        if (number >= arguments.size()) {
            throw scope.failure("an argument is missing");
        }
        return arguments.get(number);
    }

    private static String word(Scope scope, List<Object> arguments, int number) {
        return Value.requireText(scope, argument(scope, arguments, number));
    }

    private static List<String> any(Scope scope, List<Object> arguments) {
        Object first = argument(scope, arguments, 0);
        List<?> some = first instanceof List<?> list ? list : List.of(Value.requireText(scope, first));
        return some.stream().map(each -> Value.requireText(scope, each)).toList();
    }

    static String replaced(Scope scope, String text, String old, String by) {
        long longest = text.length() + (long) by.length() * (text.length() / Math.max(1, old.length()) + 1);
        scope.work(longest);
        return text.replace(old, by);
    }

    static String strip(Scope scope, String text, List<Object> arguments, boolean atStart, boolean atEnd) {
        String some = arguments.isEmpty() || arguments.get(0) == null ? null : word(scope, arguments, 0);
        IntPredicate isStripped = c -> some == null ? isSpace(c) : some.indexOf(c) >= 0;
        int start = 0;
        int end = text.length();
        while (atStart && start < end && isStripped.test(text.charAt(start))) {
            start++;
        }
        while (atEnd && end > start && isStripped.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Python's notion of white space. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static List<Object> split(Scope scope, String text, List<Object> arguments) {
        long most = arguments.size() > 1 ? Value.whole(scope, arguments.get(1)) : -1;
        List<Object> parts = new ArrayList<>();
        if (arguments.isEmpty() || arguments.get(0) == null) {
            String rest = strip(scope, text, List.of(), true, false);
            while (!rest.isEmpty()) {
                int end = 0;
                while (end < rest.length() && !isSpace(rest.charAt(end))) {
                    end++;
                }
                boolean isLast = most >= 0 && parts.size() == most;
                parts.add(isLast ? rest : rest.substring(0, end));
                rest = isLast ? "" : strip(scope, rest.substring(end), List.of(), true, false);
                scope.work(rest.length());
            }
            return parts;
        }
        String separator = separator(scope, arguments);
        int start = 0;
        for (int at = text.indexOf(separator); at >= 0 && (most < 0 || parts.size() < most);
                at = text.indexOf(separator, start)) {
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static List<Object> splitFromEnd(Scope scope, String text, List<Object> arguments) {
        long most = arguments.size() > 1 ? Value.whole(scope, arguments.get(1)) : -1;
        if (most < 0 || arguments.get(0) == null) {
            return split(scope, text, arguments);
        }
        String separator = separator(scope, arguments);
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (int at = text.lastIndexOf(separator); at >= 0 && parts.size() < most;
                at = text.lastIndexOf(separator, end - separator.length())) {
            parts.add(0, text.substring(at + separator.length(), end));
            end = at;
        }
        parts.add(0, text.substring(0, end));
        return parts;
    }

    private static String separator(Scope scope, List<Object> arguments) {
        String separator = word(scope, arguments, 0);
        if (separator.isEmpty()) {
            throw scope.failure("an empty separator");
        }
        return separator;
    }

    static String capitalize(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT)
                + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean within = false;
        for (char c : text.toCharArray()) {
            title.append(within ? Character.toLowerCase(c) : Character.toUpperCase(c));
            within = Character.isLetter(c);
        }
        return title.toString();
    }
}
