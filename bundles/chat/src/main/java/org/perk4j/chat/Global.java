package org.perk4j.chat;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/** The functions that transformers provides to all templates. */
final class Global {

    private static final Map<Character, String> DATES = Map.ofEntries(Map.entry('d', "dd"), Map.entry('m', "MM"),
            Map.entry('b', "MMM"), Map.entry('B', "MMMM"), Map.entry('Y', "yyyy"), Map.entry('y', "yy"),
            Map.entry('H', "HH"), Map.entry('M', "mm"), Map.entry('S', "ss"), Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"), Map.entry('j', "DDD"), Map.entry('I', "hh"), Map.entry('p', "a"));

    private Global() {
    }

    /** The result of {@code namespace()}: the only value that a template can modify. */
    static final class Namespace extends LinkedHashMap<String, Object> {

        private static final long serialVersionUID = 1;

        Namespace(Map<String, Object> content) {
            super(content);
        }
    }

    static Map<String, Object> all(Scope scope) {
        Map<String, Function> functions = Map.of(
                "range", (arguments, named) -> range(scope, arguments),
                "namespace", (arguments, named) -> new Namespace(named),
                "dict", (arguments, named) -> new LinkedHashMap<>(named),
                "raise_exception", (arguments, named) -> {
                    throw new IllegalArgumentException(arguments.isEmpty() ? "no reason is given"
                            : Value.text(scope, arguments.get(0)));
                },
                "strftime_now", (arguments, named) -> now(scope, arguments));
        return new HashMap<>(functions);
    }

    private static List<Long> range(Scope scope, List<Object> arguments) {
        if (arguments.isEmpty() || arguments.size() > 3) {
            throw scope.failure("range has one to three arguments");
        }
        long[] numbers = arguments.stream().mapToLong(each -> Value.whole(scope, each)).toArray();
        long start = numbers.length == 1 ? 0 : numbers[0];
        long end = numbers[Math.min(1, numbers.length - 1)];
        long step = numbers.length == 3 ? numbers[2] : 1;
        if (step == 0) {
            throw scope.failure("a range's step is 0");
        }
        long count = Math.max(0, Math.floorDiv(Math.subtractExact(end, start) + step - Long.signum(step), step));
        scope.work(count);
        return LongStream.range(0, count).map(i -> start + i * step).boxed().toList();
    }

    private static String now(Scope scope, List<Object> arguments) {
        String format = Value.requireText(scope, arguments.isEmpty() ? null : arguments.get(0));
        LocalDateTime now = LocalDateTime.now();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            if (format.charAt(i) != '%' || i + 1 == format.length()) {
                text.append(format.charAt(i));
                continue;
            }
            char part = format.charAt(++i);
            if (part != '%' && !DATES.containsKey(part)) {
                throw scope.failure("strftime_now: %" + part + " is not supported");
            }
            text.append(part == '%' ? "%" : now.format(DateTimeFormatter.ofPattern(DATES.get(part), Locale.ENGLISH)));
        }
        return text.toString();
    }
}
