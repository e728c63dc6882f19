package org.perk4j.chat;

import java.util.List;
import java.util.Map;

/** JSON as Python's {@code json.dumps(value, ensure_ascii=False, indent=…)} writes it. */
final class JsonText {

    private static final int DEEPEST = 100;

    private final Scope scope;
    private final String indent;
    private final StringBuilder json = new StringBuilder();

    private JsonText(Scope scope, String indent) {
        this.scope = scope;
        this.indent = indent;
    }

    static String json(Scope scope, Object value, Object indent) {
        String step = indent == null ? null : indent instanceof String word ? word
                : " ".repeat((int) Math.max(0, Math.min(100, Value.whole(scope, indent))));
        JsonText text = new JsonText(scope, step);
        text.add(value, 0);
        return scope.made(text.json.toString());
    }

    private void add(Object value, int depth) {
        scope.work(1);
        if (depth > DEEPEST) {
            throw scope.failure("values are nested more than " + DEEPEST + " deep");
        }
        if (value instanceof Map<?, ?> map) {
            String between = "";
            json.append('{');
            for (Map.Entry<?, ?> each : map.entrySet()) {
                json.append(between);
                line(depth + 1);
                string(Value.text(scope, each.getKey()));
                json.append(": ");
                add(each.getValue(), depth + 1);
                between = indent == null ? ", " : ",";
            }
            end(depth, map.isEmpty(), '}');
        } else if (value instanceof List<?> list) {
            String between = "";
            json.append('[');
            for (Object each : list) {
                json.append(between);
                line(depth + 1);
                add(each, depth + 1);
                between = indent == null ? ", " : ",";
            }
            end(depth, list.isEmpty(), ']');
        } else if (value instanceof String text) {
            string(text);
        } else if (value == null || Value.isNumber(value)) {
            json.append(value);
        } else {
            throw scope.failure(Value.kind(value) + " can't be written as JSON");
        }
    }

    private void line(int depth) {
        if (indent != null) {
            scope.work((long) depth * indent.length());
            json.append('\n').append(indent.repeat(depth));
        }
    }

    private void end(int depth, boolean empty, char bracket) {
        if (!empty) {
            line(depth);
        }
        json.append(bracket);
    }

    private void string(String text) {
        scope.work(text.length());
        json.append('"');
        for (char c : text.toCharArray()) {
            int known = "\"\\\n\r\t\b\f".indexOf(c);
            if (known >= 0) {
                json.append('\\').append("\"\\nrtbf".charAt(known));
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
