package org.perk4j.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's binary operators. */
final class Operator {

    private Operator() {
    }

    static Object add(Scope scope, Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            return scope.made(x + y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            List<Object> both = new ArrayList<>(x);
            both.addAll(y);
            return scope.made(both);
        }
        return arithmetic(scope, "+", a, b);
    }

    static Object multiply(Scope scope, Object a, Object b) {
        Object repeated = a instanceof String || a instanceof List ? a : b;
        if (repeated instanceof String || repeated instanceof List) {
            long count = Math.max(0, Value.whole(scope, repeated == a ? b : a));
            int size = repeated instanceof String text ? text.length() : ((List<?>) repeated).size();
            scope.work(Math.multiplyExact(count, Math.max(1L, size)));
            return repeated instanceof String text ? text.repeat((int) count)
                    : Collections.nCopies((int) count, (List<?>) repeated).stream().flatMap(List::stream).toList();
        }
        return arithmetic(scope, "*", a, b);
    }

    static Object arithmetic(Scope scope, String operator, Object a, Object b) {
        if (!Value.isNumber(a) || !Value.isNumber(b)) {
            throw scope.failure(operator + " can't be applied to " + Value.kind(a) + " and " + Value.kind(b));
        }
        Number x = Value.number(a);
        Number y = Value.number(b);
        if ("/ // %".contains(operator) && y.doubleValue() == 0) {
            throw scope.failure("a division by 0");
        }
        if (x instanceof Long m && y instanceof Long n && !operator.equals("/") && !operator.equals("**")) {
            return switch (operator) {
                case "+" -> Math.addExact(m, n);
                case "-" -> Math.subtractExact(m, n);
                case "*" -> Math.multiplyExact(m, n);
                case "//" -> Math.floorDiv(m, n);
                default -> Math.floorMod(m, n);
            };
        }
        double p = x.doubleValue();
        double q = y.doubleValue();
        double result = switch (operator) {
            case "+" -> p + q;
            case "-" -> p - q;
            case "*" -> p * q;
            case "/" -> p / q;
            case "//" -> Math.floor(p / q);
            case "**" -> Math.pow(p, q);
            default -> p - q * Math.floor(p / q);
        };
        boolean isWhole = operator.equals("**") && x instanceof Long && y instanceof Long && q >= 0;
        return isWhole && Math.abs(result) < 1L << 53 ? (Object) (long) result : (Object) result;
    }
}
