package org.perk4j.chat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The variables that are visible at a place of a template, and the state of the rendering: output, and work done. */
final class Scope {

    /** The work that a template may do whatever it is given. */
    private static final long LEAST_WORK = 1_000_000;
    /** The further work for each character that it is given. */
    private static final long WORK_PER_CHARACTER = 100;
    private static final int DEEPEST = 100;

    /** The state of one rendering. */
    private static final class Rendering {
        private StringBuilder output = new StringBuilder();
        private long left;
        private int depth;
        private int line;
    }

    private final Scope outer;
    private final Map<String, Object> variables = new HashMap<>();
    private final Rendering rendering;

    Scope(Map<String, Object> variables) {
        outer = null;
        rendering = new Rendering();
        rendering.left = LEAST_WORK + WORK_PER_CHARACTER * Value.size(variables);
        this.variables.putAll(Global.all(this));
        this.variables.putAll(variables);
    }

    private Scope(Scope outer) {
        this.outer = outer;
        this.rendering = outer.rendering;
    }

    /** @return a scope within this one, whose variables aren't visible outside */
    Scope inner() {
        return new Scope(this);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.variables.containsKey(name)) {
                return scope.variables.get(name);
            }
        }
        return Value.UNDEFINED;
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    void write(String text) {
        work(text.length());
        rendering.output.append(text);
    }

    String output() {
        return rendering.output.toString();
    }

    /** @return what a statement writes, which is not added to the output */
    String written(Statement statement) {
        StringBuilder before = rendering.output;
        rendering.output = new StringBuilder();
        try {
            statement.run(this);
            return output();
        } finally {
            rendering.output = before;
        }
    }

    /** Records the current line, for messages. */
    void at(int line) {
        rendering.line = line;
        work(1);
    }

    /** @param amount about the number of characters or elements that were processed */
    void work(long amount) {
        rendering.left -= amount;
        if (rendering.left < 0) {
            throw failure("this takes more time and memory than a chat template may");
        }
    }

    /** Counts the work for a value that was made. */
    <T> T made(T value) {
        work(value instanceof String text ? text.length() : value instanceof List<?> list ? list.size() : 1);
        return value;
    }

    void enter() {
        if (++rendering.depth > DEEPEST) {
            throw failure("something is nested more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        rendering.depth--;
    }

    IllegalArgumentException failure(String problem) {
        return new IllegalArgumentException("line " + rendering.line + ": " + problem);
    }
}
