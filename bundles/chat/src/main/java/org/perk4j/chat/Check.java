package org.perk4j.chat;

import java.util.List;
import java.util.Map;

/** Jinja's tests, which follow {@code is}. */
@FunctionalInterface
interface Check {

    boolean holds(Scope scope, Object value, List<Object> arguments);

    /** @return the test of that name; null if there is none */
    static Check of(String name) {
        return switch (name) {
            case "defined" -> (scope, value, none) -> value != Value.UNDEFINED;
            case "undefined" -> (scope, value, none) -> value == Value.UNDEFINED;
            case "none" -> (scope, value, none) -> value == null;
            case "string" -> (scope, value, none) -> value instanceof String;
            case "mapping" -> (scope, value, none) -> value instanceof Map;
            case "sequence" -> (scope, value, none) -> isMany(value);
            case "iterable" -> (scope, value, none) -> isMany(value) || value == Value.UNDEFINED;
            case "callable" -> (scope, value, none) -> value instanceof Function;
            case "number" -> (scope, value, none) -> Value.isNumber(value);
            case "integer" -> (scope, value, none) -> value instanceof Long;
            case "float" -> (scope, value, none) -> value instanceof Double;
            case "boolean" -> (scope, value, none) -> value instanceof Boolean;
            case "true" -> (scope, value, none) -> Boolean.TRUE.equals(value);
            case "false" -> (scope, value, none) -> Boolean.FALSE.equals(value);
            case "odd" -> (scope, value, none) -> Math.floorMod(Value.whole(scope, value), 2) == 1;
            case "even" -> (scope, value, none) -> Math.floorMod(Value.whole(scope, value), 2) == 0;
            default -> ofTwo(name);
        };
    }

    private static boolean isMany(Object value) {
        return value instanceof String || value instanceof List || value instanceof Map;
    }

    /** @return whether a test compares the value with another */
    static boolean isOfTwo(String name) {
        return ofTwo(name) != null;
    }

    private static Check ofTwo(String name) {
        return switch (name) {
            case "equalto", "eq", "==" -> (scope, value, other) -> Value.equal(scope, value, first(scope, other));
            case "ne", "!=" -> (scope, value, other) -> !Value.equal(scope, value, first(scope, other));
            case "sameas" -> (scope, value, other) -> value == first(scope, other)
                    || !(value instanceof List) && !(value instanceof Map) && Value.equal(scope, value, first(scope, other));
            case "in" -> (scope, value, other) -> Value.contains(scope, first(scope, other), value);
            case "lt", "<", "lessthan" -> (scope, value, other) -> Value.compare(scope, value, first(scope, other)) < 0;
            case "le", "<=" -> (scope, value, other) -> Value.compare(scope, value, first(scope, other)) <= 0;
            case "gt", ">", "greaterthan" -> (scope, value, other) -> Value.compare(scope, value, first(scope, other)) > 0;
            case "ge", ">=" -> (scope, value, other) -> Value.compare(scope, value, first(scope, other)) >= 0;
            case "divisibleby" -> (scope, value, other) ->
                    Value.equal(scope, Operator.arithmetic(scope, "%", value, first(scope, other)), 0L);
            default -> null;
        };
    }

    private static Object first(Scope scope, List<Object> arguments) {
        if (arguments.isEmpty()) {
            throw scope.failure("a test needs something to compare with");
        }
        return arguments.get(0);
    }
}
