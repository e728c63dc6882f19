package org.perk4j.formats;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A file that holds text in UTF-8. */
public final class TextFile {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private TextFile() {
    }

    /**
     * @return the text, without a byte order mark
     * @throws IOException naming file, place and remedy, if it is not a file, can't be read, or isn't UTF-8
     */
    public static String read(Path file) throws IOException {
        String text = decode(file, InputFiles.read(file));
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    /**
     * Like {@link #read}, for a file that an option of a plugin names.
     *
     * @throws IllegalArgumentException naming file, place and remedy
     */
    public static String readNamed(Path file) {
        try {
            return read(file);
        } catch (FileSystemException e) {
            throw new IllegalArgumentException(
                    file + ": " + (e.getReason() == null ? "can't be read, for an unknown reason" : e.getReason()), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Checks that a file is UTF-8, without keeping it in memory.
     *
     * @throws IOException as {@link #read} does
     */
    public static void check(Path file) throws IOException {
        try (Utf8Reader reader = new Utf8Reader(file, 0)) {
            reader.transferTo(Writer.nullWriter());
        }
    }

    /** @param file named in messages */
    static String decode(Path file, byte[] bytes) throws IOException {
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length); // no character of UTF-8 takes more chars than bytes
        // the decoder reports malformed bytes
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(input, output, true);
        if (result.isError()) {
            throw notUtf8(file, input.position());
        }
        return output.flip().toString();
    }

    /** @param offset the offset of the first malformed byte */
    static FileFormatException notUtf8(Path file, long offset) {
        return new FileFormatException(file, "byte " + offset
                + ": not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8");
    }
}
