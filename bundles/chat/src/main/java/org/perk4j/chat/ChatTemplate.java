package org.perk4j.chat;

import java.util.Map;

/**
 * A chat template, in the part of Jinja that such templates use, rendered as transformers does: white space around blocks is
 * trimmed, and undefined values are empty. Templates come with models and are not trusted: a template has access to nothing
 * but the values that it is given, which it can't modify, and rendering fails once it does more work than any real template.
 * Immutable and thread-safe.
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
     * @return the rendered text
     * @throws IllegalArgumentException naming the line, if the template can't be applied to these, calls
     *                                  {@code raise_exception}, or takes too much time or memory
     */
    public String render(Map<String, Object> variables) {
        Scope scope = new Scope(variables);
        try {
            all.run(scope);
        } catch (ArithmeticException e) {
            throw scope.failure("in arithmetic: " + e.getMessage());
        } catch (StackOverflowError e) { // nested macros; the JVM's limit varies
            throw scope.failure("something is nested too deep");
        }
        return scope.output();
    }
}
