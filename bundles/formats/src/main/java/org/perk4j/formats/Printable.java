package org.perk4j.formats;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/**
 * Makes untrusted text (file names, strings from configurations, answers) safe to print: control characters and line breaks,
 * which could act on a terminal or imitate another line of output, are escaped as in JSON: {@code \\u001b}.
 */
public final class Printable {

    private Printable() {
    }

    /** @return the text on one line */
    public static String line(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (Character.isISOControl(c)) {
                line.append(escaped(c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /** @return a writer that escapes text before it writes it to {@code out}; line breaks and tabs are kept */
    public static Writer writer(Writer out) {
        return new FilterWriter(out) {

            @Override
            public void write(int c) throws IOException {
                if (Character.isISOControl(c) && c != '\n' && c != '\t') {
                    out.write(escaped((char) c));
                } else {
                    out.write(c);
                }
            }

            @Override
            public void write(char[] text, int offset, int length) throws IOException {
                for (int i = offset; i < offset + length; i++) {
                    write(text[i]);
                }
            }

            @Override
            public void write(String text, int offset, int length) throws IOException {
                write(text.toCharArray(), offset, length);
            }
        };
    }

    private static String escaped(char control) {
        return String.format("\\u%04x", (int) control);
    }
}
