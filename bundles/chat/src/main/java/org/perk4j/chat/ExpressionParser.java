package org.perk4j.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses expressions by recursive descent, from the operators that bind least to those that bind most. */
final class ExpressionParser {

    private final Tokens tokens;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** @return an expression; several, separated by commas, as a list */
    Expression listOrOne() {
        Expression first = one();
        if (!tokens.isNext(",")) {
            return first;
        }
        List<Expression> all = new ArrayList<>(List.of(first));
        while (tokens.take(",")) {
            if (tokens.peek().kind() == Token.Kind.END || tokens.isNext(")")) {
                break;
            }
            all.add(one());
        }
        return list(all);
    }

    private static Expression list(List<Expression> elements) {
        return scope -> {
            List<Object> values = new ArrayList<>();
            elements.forEach(element -> values.add(element.of(scope)));
            return scope.made(values);
        };
    }

    Expression one() {
        int outer = tokens.depth();
        tokens.deeper();
        Expression value = or();
        while (tokens.take("if")) {
            tokens.deeper();
            Expression then = value;
            Expression condition = or();
            Expression otherwise = tokens.take("else") ? one() : scope -> Value.UNDEFINED;
            value = scope -> (Value.isTrue(condition.of(scope)) ? then : otherwise).of(scope);
        }
        tokens.outTo(outer);
        return value;
    }

    /** @return an expression without a conditional ({@code a if b else c}) */
    Expression withoutCondition() {
        int outer = tokens.depth();
        Expression value = or();
        tokens.outTo(outer);
        return value;
    }

    private Expression or() {
        Expression value = and();
        while (tokens.take("or")) {
            tokens.deeper();
            Expression left = value;
            Expression right = and();
            value = scope -> {
                Object first = left.of(scope);
                return Value.isTrue(first) ? first : right.of(scope);
            };
        }
        return value;
    }

    private Expression and() {
        Expression value = not();
        while (tokens.take("and")) {
            tokens.deeper();
            Expression left = value;
            Expression right = not();
            value = scope -> {
                Object first = left.of(scope);
                return Value.isTrue(first) ? right.of(scope) : first;
            };
        }
        return value;
    }

    private Expression not() {
        if (!tokens.take("not")) {
            return comparison();
        }
        tokens.deeper();
        Expression value = not();
        return scope -> !Value.isTrue(value.of(scope));
    }

    /** Compares a value with another. */
    @FunctionalInterface
    private interface Comparison {
        boolean holds(Scope scope, Object left, Object right);
    }

    /** As in Python, {@code a < b < c} means that both hold. */
    private Expression comparison() {
        Expression first = sum();
        List<Comparison> comparisons = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        for (Comparison next = nextComparison(); next != null; next = nextComparison()) {
            comparisons.add(next);
            others.add(sum());
        }
        return comparisons.isEmpty() ? first : scope -> {
            Object left = first.of(scope);
            for (int i = 0; i < others.size(); i++) {
                Object right = others.get(i).of(scope);
                if (!comparisons.get(i).holds(scope, left, right)) {
                    return false;
                }
                left = right;
            }
            return true;
        };
    }

    private Comparison nextComparison() {
        if (tokens.take("==")) {
            return (scope, a, b) -> Value.equal(scope, a, b);
        }
        if (tokens.take("!=")) {
            return (scope, a, b) -> !Value.equal(scope, a, b);
        }
        if (tokens.take("<")) {
            return (scope, a, b) -> Value.compare(scope, a, b) < 0;
        }
        if (tokens.take("<=")) {
            return (scope, a, b) -> Value.compare(scope, a, b) <= 0;
        }
        if (tokens.take(">")) {
            return (scope, a, b) -> Value.compare(scope, a, b) > 0;
        }
        if (tokens.take(">=")) {
            return (scope, a, b) -> Value.compare(scope, a, b) >= 0;
        }
        if (tokens.take("in")) {
            return (scope, a, b) -> Value.contains(scope, b, a);
        }
        if (tokens.take("not")) {
            tokens.require("in");
            return (scope, a, b) -> !Value.contains(scope, b, a);
        }
        return null;
    }

    private Expression sum() {
        Expression value = joined();
        while (tokens.isNext("+") || tokens.isNext("-")) {
            tokens.deeper();
            String operator = tokens.next().text();
            Expression left = value;
            Expression right = joined();
            value = operator.equals("+") ? scope -> Operator.add(scope, left.of(scope), right.of(scope))
                    : scope -> Operator.arithmetic(scope, "-", left.of(scope), right.of(scope));
        }
        return value;
    }

    private Expression joined() {
        Expression value = product();
        while (tokens.take("~")) {
            tokens.deeper();
            Expression left = value;
            Expression right = product();
            value = scope -> scope.made(Value.text(scope, left.of(scope)) + Value.text(scope, right.of(scope)));
        }
        return value;
    }

    private Expression product() {
        Expression value = power();
        while (tokens.isNext("*") || tokens.isNext("/") || tokens.isNext("//") || tokens.isNext("%")) {
            tokens.deeper();
            String operator = tokens.next().text();
            Expression left = value;
            Expression right = power();
            value = operator.equals("*") ? scope -> Operator.multiply(scope, left.of(scope), right.of(scope))
                    : scope -> Operator.arithmetic(scope, operator, left.of(scope), right.of(scope));
        }
        return value;
    }

    private Expression power() {
        Expression value = signed(true);
        while (tokens.take("**")) {
            tokens.deeper();
            Expression left = value;
            Expression right = signed(true);
            value = scope -> Operator.arithmetic(scope, "**", left.of(scope), right.of(scope));
        }
        return value;
    }

    /** @param filtered whether filters and tests may follow; after a sign they apply to the signed value */
    private Expression signed(boolean filtered) {
        Expression value;
        if (tokens.isNext("-") || tokens.isNext("+")) {
            long sign = tokens.next().text().equals("-") ? -1 : 1;
            tokens.deeper();
            Expression positive = signed(false);
            value = scope -> Operator.arithmetic(scope, "*", sign, positive.of(scope));
        } else {
            value = withParts(primary());
        }
        return filtered ? filtered(value) : value;
    }

    private Expression primary() {
        Token token = tokens.next();
        switch (token.kind()) {
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.peek().kind() == Token.Kind.STRING) {
                    text.append(tokens.next().text());
                }
                String whole = text.toString();
                return scope -> whole;
            }
            case INTEGER -> {
                long number = number(token);
                return scope -> number;
            }
            case FLOAT -> {
                double number = Double.parseDouble(token.text());
                return scope -> number;
            }
            case NAME -> {
                return switch (token.text()) {
                    case "true", "True" -> scope -> true;
                    case "false", "False" -> scope -> false;
                    case "none", "None" -> scope -> null;
                    default -> scope -> scope.get(token.text());
                };
            }
            default -> {
                return switch (token.text()) {
                    case "(" -> inBrackets();
                    case "[" -> list(elements("]"));
                    case "{" -> mapping();
                    default -> throw token.failure("a value is missing before "
                            + (token.text().isEmpty() ? "the end of the tag" : token.text()));
                };
            }
        }
    }

    private static long number(Token token) {
        try {
            return Long.parseLong(token.text());
        } catch (NumberFormatException e) {
            throw token.failure(token.text() + " is too large a number");
        }
    }

    private Expression inBrackets() {
        if (tokens.take(")")) {
            return list(List.of());
        }
        Expression value = listOrOne();
        tokens.require(")");
        return value;
    }

    private List<Expression> elements(String end) {
        List<Expression> elements = new ArrayList<>();
        while (!tokens.take(end)) {
            elements.add(one());
            if (!tokens.take(",")) {
                tokens.require(end);
                break;
            }
        }
        return elements;
    }

    private Expression mapping() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.take("}")) {
            keys.add(one());
            tokens.require(":");
            values.add(one());
            if (!tokens.take(",")) {
                tokens.require("}");
                break;
            }
        }
        return scope -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                map.put(Value.requireKey(scope, keys.get(i).of(scope)), values.get(i).of(scope));
            }
            scope.work(map.size());
            return map;
        };
    }

    /** Parses what follows a value directly: attributes, subscripts, calls. */
    private Expression withParts(Expression value) {
        Expression whole = value;
        for (Expression next = withPart(whole); next != null; next = withPart(whole)) {
            tokens.deeper();
            whole = next;
        }
        return whole;
    }

    /** @return the value with one of these; null if none follows */
    private Expression withPart(Expression value) {
        if (tokens.take(".")) {
            String name = tokens.next().text();
            return scope -> Value.attribute(scope, value.of(scope), name);
        }
        if (tokens.take("[")) {
            return elementOrSlice(value);
        }
        if (tokens.take("(")) {
            Arguments arguments = arguments();
            return scope -> {
                scope.work(1);
                if (value.of(scope) instanceof Function function) {
                    return function.call(arguments.inOrder(scope), arguments.named(scope));
                }
                throw scope.failure("what is called is no function, or none that is supported");
            };
        }
        return null;
    }

    private Expression elementOrSlice(Expression value) {
        Expression from = tokens.isNext(":") ? null : one();
        if (tokens.take("]")) {
            return scope -> Value.item(scope, value.of(scope), from.of(scope));
        }
        tokens.require(":");
        Expression to = tokens.isNext(":") || tokens.isNext("]") ? null : one();
        Expression step = tokens.take(":") && !tokens.isNext("]") ? one() : null;
        tokens.require("]");
        return scope -> Value.slice(scope, value.of(scope), from == null ? null : from.of(scope),
                to == null ? null : to.of(scope), step == null ? null : step.of(scope));
    }

    /** The arguments of a call. */
    private record Arguments(List<Expression> unnamed, Map<String, Expression> byName) {

        List<Object> inOrder(Scope scope) {
            List<Object> values = new ArrayList<>();
            unnamed.forEach(each -> values.add(each.of(scope)));
            return values;
        }

        Map<String, Object> named(Scope scope) {
            Map<String, Object> values = new LinkedHashMap<>();
            byName.forEach((name, each) -> values.put(name, each.of(scope)));
            return values;
        }
    }

    /** Parses arguments, after their opening bracket. */
    private Arguments arguments() {
        Arguments arguments = new Arguments(new ArrayList<>(), new LinkedHashMap<>());
        while (!tokens.take(")")) {
            Token start = tokens.peek();
            int before = tokens.position();
            if (start.kind() == Token.Kind.NAME && tokens.next() == start && tokens.take("=")) {
                arguments.byName.put(start.text(), one());
            } else {
                tokens.back(before);
                arguments.unnamed.add(one());
            }
            if (!tokens.take(",")) {
                tokens.require(")");
                break;
            }
        }
        return arguments;
    }

    /** Parses filters and tests, which follow a value. */
    private Expression filtered(Expression value) {
        Expression whole = value;
        while (tokens.isNext("|") || tokens.isNext("is")) {
            tokens.deeper();
            if (tokens.take("|")) {
                whole = filtered(whole, tokens.name());
            } else {
                tokens.require("is");
                boolean holds = !tokens.take("not");
                whole = tested(whole, tokens.next(), holds);
            }
        }
        return whole;
    }

    private Expression filtered(Expression value, Token name) {
        Filter filter = Filter.of(name.text());
        if (filter == null) {
            throw name.failure("the filter " + name.text() + " is not supported");
        }
        Arguments arguments = tokens.take("(") ? arguments() : new Arguments(List.of(), Map.of());
        return scope -> {
            Object given = scope.made(value.of(scope));
            return scope.made(filter.apply(scope, given,
                    new Filter.Arguments(arguments.inOrder(scope), arguments.named(scope))));
        };
    }

    private Expression tested(Expression value, Token name, boolean holds) {
        Check check = Check.of(name.text());
        if (check == null) {
            throw name.failure("the test " + name.text() + " is not supported");
        }
        Arguments arguments = tokens.take("(") ? arguments()
                : Check.isOfTwo(name.text()) ? new Arguments(List.of(withParts(primary())), Map.of())
                : new Arguments(List.of(), Map.of());
        return scope -> check.holds(scope, value.of(scope), arguments.inOrder(scope)) == holds;
    }
}
