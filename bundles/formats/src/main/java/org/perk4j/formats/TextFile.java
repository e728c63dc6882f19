package org.perk4j.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that holds text in UTF-8. */
public final class TextFile {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private TextFile() {
    }

    /**
     * @return the text, without a byte order mark
     * @throws IOException naming file, place and remedy, if it is no file, may not be read, or isn't UTF-8
     */
    public static String read(Path file) throws IOException {
        InputFiles.require(file);
        String text = decode(file, Files.readAllBytes(file));
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    /** @param file what messages name */
    static String decode(Path file, byte[] bytes) throws IOException {
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length); // no character of UTF-8 takes more chars than bytes
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(input, output, true); // which reports what is malformed
        if (result.isError()) {
            throw new FileFormatException(file, "byte " + input.position()
                    + ": not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8");
        }
        return output.flip().toString();
    }
}
