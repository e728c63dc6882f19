package org.perk4j.commands;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The lines of an input in UTF-8, at a terminal each asked for by a prompt. It is read no further than to the end of the
 * line, so that others can go on from there.
 */
final class InputLines {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final InputStream in;
    private final String prompt;
    private int number;

    /** @param prompt printed before each line if there is a terminal */
    InputLines(InputStream in, String prompt) {
        this.in = in;
        this.prompt = System.console() == null ? "" : prompt;
    }

    /**
     * A line.
     *
     * @param number from 1
     * @param text   without its end; if it isn't UTF-8, with marks in place of what isn't
     * @param sound  whether it is UTF-8
     */
    record Line(int number, String text, boolean sound) {

        /** @throws IllegalArgumentException if it isn't UTF-8 */
        void requireSound() {
            if (!sound) {
                throw new IllegalArgumentException("not UTF-8: convert the input, for example with iconv -t UTF-8");
            }
        }
    }

    /** @return the next line, or null at the end */
    Line next() throws IOException {
        System.err.print(prompt);
        System.err.flush();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            bytes.write(next);
        }
        number++;
        return line(bytes.toByteArray());
    }

    private Line line(byte[] bytes) {
        try {
            return new Line(number, text(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()),
                    true);
        } catch (CharacterCodingException e) {
            return new Line(number, text(new String(bytes, StandardCharsets.UTF_8)), false);
        }
    }

    private String text(String decoded) {
        String text = number == 1 && decoded.startsWith(BYTE_ORDER_MARK) ? decoded.substring(1) : decoded;
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
