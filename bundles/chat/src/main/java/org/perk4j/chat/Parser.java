package org.perk4j.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses the statements of a template. */
final class Parser {

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int loops;

    Parser(List<Token> tokens) {
        this.tokens = new Tokens(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    Statement template() {
        Statement all = until(Set.of());
        if (!tokens.atEnd()) {
            throw tokens.next().failure("unexpected end of a block");
        }
        return all;
    }

    /** @return the statements up to a block of one of these names, which is the next token */
    private Statement until(Set<String> names) {
        List<Statement> statements = new ArrayList<>();
        int outer = tokens.depth();
        tokens.deeper();
        while (!tokens.atEnd()) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(scope -> {
                    scope.write(token.text());
                    return Statement.Flow.NEXT;
                });
                case PRINT -> statements.add(print(token));
                default -> {
                    Token name = tokens.name();
                    if (names.contains(name.text())) {
                        tokens.outTo(outer);
                        return Statement.all(statements);
                    }
                    statements.add(block(name));
                }
            }
        }
        if (!names.isEmpty()) {
            throw tokens.failure(names.stream().sorted().reduce((a, b) -> a + " or " + b).orElseThrow() + " is missing");
        }
        tokens.outTo(outer);
        return Statement.all(statements);
    }

    private Statement print(Token start) {
        Expression value = expressions.listOrOne();
        tokens.end();
        return scope -> {
            scope.at(start.line());
            scope.write(Value.text(scope, value.of(scope)));
            return Statement.Flow.NEXT;
        };
    }

    private Statement block(Token name) {
        return switch (name.text()) {
            case "if" -> condition(name);
            case "for" -> loop(name);
            case "set" -> assignment(name);
            case "macro" -> macro();
            case "generation" -> generation();
            case "break", "continue" -> leaving(name);
            default -> throw name.failure(name.text() + " is not supported in a chat template");
        };
    }

    private Statement body(String... ends) {
        tokens.end();
        return until(Set.of(ends));
    }

    /** {@code generation} marks the assistant's text, which only training needs. */
    private Statement generation() {
        Statement body = body("endgeneration");
        tokens.end();
        return body;
    }

    private Statement leaving(Token name) {
        tokens.end();
        if (loops == 0) {
            throw name.failure(name.text() + " outside of a loop");
        }
        Statement.Flow flow = name.text().equals("break") ? Statement.Flow.BREAK : Statement.Flow.CONTINUE;
        return scope -> flow;
    }

    private Statement condition(Token start) {
        Expression condition = expressions.one();
        Statement then = body("elif", "else", "endif");
        Token name = tokens.last();
        Statement otherwise = Statement.all(List.of());
        if (name.text().equals("elif")) {
            int outer = tokens.depth();
            tokens.deeper();
            otherwise = condition(name);
            tokens.outTo(outer);
        } else {
            if (name.text().equals("else")) {
                otherwise = body("endif");
            }
            tokens.end();
        }
        Statement other = otherwise;
        return scope -> {
            scope.at(start.line());
            return (Value.isTrue(condition.of(scope)) ? then : other).run(scope);
        };
    }

    private Statement loop(Token start) {
        List<String> targets = targets();
        tokens.require("in");
        Expression elements = expressions.withoutCondition();
        Expression condition = tokens.take("if") ? expressions.one() : null;
        loops++;
        Statement body = body("else", "endfor");
        loops--;
        Statement otherwise = tokens.last().text().equals("else") ? body("endfor") : Statement.all(List.of());
        tokens.end();
        return new Loop(start.line(), targets, elements, condition, body, otherwise);
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        boolean inBrackets = tokens.take("(");
        do {
            targets.add(tokens.name().text());
        } while (tokens.take(","));
        if (inBrackets) {
            tokens.require(")");
        }
        return targets;
    }

    private Statement assignment(Token start) {
        List<String> targets = targets();
        if (targets.size() == 1 && tokens.take(".")) {
            return ofNamespace(start, targets.get(0), tokens.name().text());
        }
        if (tokens.take("=")) {
            Expression value = expressions.listOrOne();
            tokens.end();
            return scope -> {
                scope.at(start.line());
                assign(scope, targets, value.of(scope));
                return Statement.Flow.NEXT;
            };
        }
        Statement body = body("endset");
        tokens.end();
        return scope -> {
            scope.at(start.line());
            assign(scope, targets, scope.inner().written(body));
            return Statement.Flow.NEXT;
        };
    }

    private Statement ofNamespace(Token start, String name, String attribute) {
        tokens.require("=");
        Expression value = expressions.listOrOne();
        tokens.end();
        return scope -> {
            scope.at(start.line());
            if (!(scope.get(name) instanceof Global.Namespace namespace)) {
                throw scope.failure(name + " is no namespace: nothing else can be modified");
            }
            namespace.put(attribute, value.of(scope));
            return Statement.Flow.NEXT;
        };
    }

    static void assign(Scope scope, List<String> targets, Object value) {
        if (targets.size() == 1) {
            scope.set(targets.get(0), value);
            return;
        }
        List<?> values = Value.elements(scope, value);
        if (values.size() != targets.size()) {
            throw scope.failure(values.size() + " values for " + targets.size() + " names");
        }
        for (int i = 0; i < values.size(); i++) {
            scope.set(targets.get(i), values.get(i));
        }
    }

    private Statement macro() {
        Token name = tokens.name();
        Map<String, Expression> parameters = new LinkedHashMap<>();
        tokens.require("(");
        while (!tokens.take(")")) {
            String parameter = tokens.name().text();
            parameters.put(parameter, tokens.take("=") ? expressions.one() : scope -> Value.UNDEFINED);
            if (!tokens.take(",")) {
                tokens.require(")");
                break;
            }
        }
        int around = loops;
        loops = 0;
        Statement body = body("endmacro");
        loops = around;
        tokens.end();
        return scope -> {
            scope.set(name.text(), (Function) (arguments, named) -> called(scope, name, parameters, body, arguments, named));
            return Statement.Flow.NEXT;
        };
    }

    private static String called(Scope scope, Token name, Map<String, Expression> parameters, Statement body,
                                 List<Object> arguments, Map<String, Object> named) {
        if (arguments.size() > parameters.size() || !parameters.keySet().containsAll(named.keySet())) {
            throw scope.failure("the macro " + name.text() + " has the parameters " + parameters.keySet());
        }
        Scope inner = scope.inner();
        int number = 0;
        for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
            Object given = number < arguments.size() ? arguments.get(number)
                    : named.containsKey(parameter.getKey()) ? named.get(parameter.getKey()) : parameter.getValue().of(inner);
            inner.set(parameter.getKey(), given);
            number++;
        }
        scope.enter();
        String written = inner.written(body);
        scope.leave();
        return written;
    }
}
