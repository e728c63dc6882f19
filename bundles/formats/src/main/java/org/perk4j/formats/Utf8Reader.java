package org.perk4j.formats;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a UTF-8 file from a given offset on. Unlike the JDK's readers it reports where the file isn't UTF-8. */
final class Utf8Reader extends Reader {

    private final Path file;
    private final SeekableByteChannel channel;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports malformed bytes
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
    private final CharBuffer chars = CharBuffer.allocate(1 << 12).flip();
    private long before;
    private boolean ended;

    /** @param offset in bytes */
    Utf8Reader(Path file, long offset) throws IOException {
        InputFiles.require(file);
        this.file = file;
        this.channel = Files.newByteChannel(file).position(offset);
        this.before = offset;
    }

    @Override
    public int read() throws IOException {
        return fill() ? chars.get() : -1;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, chars.remaining());
        chars.get(target, offset, count);
        return count;
    }

    /** @return whether there is a character */
    private boolean fill() throws IOException {
        while (!chars.hasRemaining()) {
            CoderResult result = decoder.decode(bytes, chars.clear(), ended);
            chars.flip();
            if (!chars.hasRemaining()) {
                if (result.isError()) {
                    throw TextFile.notUtf8(file, before + bytes.position());
                }
                if (ended) {
                    return false;
                }
                before += bytes.position();
                ended = channel.read(bytes.compact()) < 0;
                bytes.flip();
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
