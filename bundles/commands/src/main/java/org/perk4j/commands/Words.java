package org.perk4j.commands;

import java.util.ArrayList;
import java.util.List;

/**
 * A line as words: white space parts them, {@code '…'} and {@code "…"} hold them together, a backslash takes the next
 * character as it is, within double quotes {@code "} and {@code \} only. Nothing is expanded or executed.
 */
final class Words {

    private static final char NONE = 0;

    private final List<String> words = new ArrayList<>();
    private StringBuilder word;

    private Words() {
    }

    /** @throws IllegalArgumentException if a quote isn't closed */
    static List<String> of(String line) {
        Words words = new Words();
        char quote = NONE;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length() && isEscapable(line.charAt(i + 1), quote)) {
                words.add(line.charAt(++i));
            } else if (quote == NONE && (c == '"' || c == '\'')) {
                quote = c;
                words.begin();
            } else if (quote != NONE && c == quote) {
                quote = NONE;
            } else if (quote == NONE && Character.isWhitespace(c)) {
                words.end();
            } else {
                words.add(c);
            }
        }
        if (quote != NONE) {
            throw new IllegalArgumentException("a quote " + quote + " isn't closed: close it, or write \\" + quote);
        }
        words.end();
        return words.words;
    }

    private static boolean isEscapable(char c, char quote) {
        return quote == NONE || quote == '"' && (c == '"' || c == '\\');
    }

    private void begin() {
        if (word == null) {
            word = new StringBuilder();
        }
    }

    private void add(char c) {
        begin();
        word.append(c);
    }

    private void end() {
        if (word != null) {
            words.add(word.toString());
            word = null;
        }
    }
}
