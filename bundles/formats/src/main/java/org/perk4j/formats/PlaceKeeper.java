package org.perk4j.formats;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import org.perk4j.formats.JsonValue.Place;

/**
 * Tracks the parser's position in the text. Gson's reader doesn't expose it, but reads characters only when it needs them;
 * since it gets one at a time, it is at the last one read.
 */
final class PlaceKeeper extends Reader {

    private static final int NONE = -1;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Path file;
    private final Reader text;
    private int ahead = NONE;
    private long offset;
    private long bound = Long.MAX_VALUE;
    private int line = 1;
    private int column;
    private int tokenLine = 1;
    private int tokenColumn = 1;
    private long tokenOffset;
    private boolean betweenTokens = true;
    private boolean lineEnded;
    private boolean exhausted;

    PlaceKeeper(Path file, Reader text) {
        this.file = file;
        this.text = text;
    }

    /** @return whether anything but white space follows; skips the white space */
    boolean another() throws IOException {
        int c = next();
        while (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == BYTE_ORDER_MARK && offset == 0) {
            advance((char) c);
            c = next();
        }
        ahead = c;
        return c >= 0;
    }

    /** Marks the next token as the beginning of a value. */
    void beginValue() {
        betweenTokens = true;
    }

    /** Limits how many bytes may be read until this is called again. */
    void bound(long bytes) {
        bound = offset + bytes;
    }

    @Override
    public int read(char[] target, int start, int length) throws IOException {
        int c = next();
        if (c < 0) {
            exhausted = true;
            return -1;
        }
        advance((char) c);
        if (offset > bound) {
            throw new FileFormatException(new Place(file, "", line, column).describe(
                    "this entry is larger than " + (JsonText.LARGEST >> 20) + " MiB: is this the right file?"));
        }
        target[start] = (char) c;
        return 1;
    }

    private int next() throws IOException {
        int c = ahead == NONE ? text.read() : ahead;
        ahead = NONE;
        return c;
    }

    private void advance(char c) {
        line += lineEnded ? 1 : 0;
        column = lineEnded ? 1 : column + 1;
        lineEnded = c == '\n';
        if (betweenTokens && !Character.isWhitespace(c)) {
            tokenLine = line;
            tokenColumn = column;
            tokenOffset = offset;
            betweenTokens = false;
        }
        // harmless inside a string: a token still begins only after one of these
        betweenTokens |= c == '{' || c == '[' || c == ',' || c == ':';
        offset += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3; // bytes of UTF-8; a pair has four
    }

    int line() {
        return line;
    }

    int column() {
        return column;
    }

    int tokenLine() {
        return tokenLine;
    }

    int tokenColumn() {
        return tokenColumn;
    }

    /** @return the number of bytes before the token */
    long tokenOffset() {
        return tokenOffset;
    }

    /** @return whether the text has been read to its end */
    boolean exhausted() {
        return exhausted;
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
