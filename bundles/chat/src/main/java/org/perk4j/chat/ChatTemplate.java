package org.perk4j.chat;

import java.util.Map;

/**
 * A template of Jinja, of the part of that language that chat templates are written in, with the meaning that transformers
 * gives it: blocks are trimmed, and what is not defined is empty. It comes with a model and is not trusted: it sees nothing
 * but the values that it is given, which it can't modify, and ends with an exception once it has done more than any real one
 * does. Immutable and thread-safe.
 */
public final class ChatTemplate {

    private final Statement all;

    private ChatTemplate(Statement all) {
        this.all = all;
    }

    /**
     * @param source the text of the template
     * @throws IllegalArgumentException naming the line and what is wrong or unsupported in it
     */
    public static ChatTemplate parse(String source) {
        return new ChatTemplate(new Parser(new Lexer(source).tokens()).template());
    }

    /**
     * @param variables what the template may refer to by name, such as {@code messages}: texts, {@link Long}s,
     *                  {@link Double}s, {@link Boolean}s, nulls, and {@link java.util.List}s and {@link Map}s of such
     * @return what it makes of them
     * @throws IllegalArgumentException naming the line, if the template can't be applied to these, says so itself by
     *                                  {@code raise_exception}, or takes too much time or memory
     */
    public String render(Map<String, Object> variables) {
        Scope scope = new Scope(variables);
        try {
            all.run(scope);
        } catch (ArithmeticException e) {
            throw scope.failure("in arithmetic: " + e.getMessage());
        } catch (StackOverflowError e) { // macros in expressions in macros: how deep differs from one Java to another
            throw scope.failure("something is nested too deep");
        }
        return scope.output();
    }
}
