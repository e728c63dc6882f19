package org.perk4j.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the readers of all formats of files of tensors have in common.
 *
 * <p>What is copied, such as floats into a backend's memory, is read from the file in pieces: a mapping lives until it is
 * garbage-collected, and reading it crashes the JVM if another process truncates the file, where reading the file throws an
 * {@link IOException}. Only matrices that stay as they are stored, since they take less memory so, are mapped: a copy would
 * be a second one beside the operating system's, and no page is read before it is needed.
 */
final class TensorFiles {

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** The longest array that the JVM makes. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private TensorFiles() {
    }

    /** Makes the reader of an open file, of which it becomes the owner; it checks the file's header. */
    @FunctionalInterface
    interface Reader<T> {
        T of(FileChannel channel) throws IOException;
    }

    /** Opens a file; closes it again if its header is unsound. */
    static <T> T open(Path file, Reader<T> reader) throws IOException {
        InputFiles.require(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return reader.of(channel);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** @return bytes of the file, little-endian as all formats here */
    static ByteBuffer read(Path file, FileChannel channel, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ORDER);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new EOFException(file + ": was truncated while it was being read: try again");
            }
        }
        return bytes.flip();
    }

    /** @return bytes of the file that are mapped for as long as the buffer is reachable, also after the channel is closed */
    static ByteBuffer map(FileChannel channel, long position, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, position, count).order(ORDER);
    }

    /**
     * @return {@code elements}, the number of those of a tensor
     * @throws FileFormatException if they are too many for an array
     */
    static int arrayLength(Path file, String tensor, long elements) throws FileFormatException {
        if (elements > LONGEST_ARRAY) {
            throw new FileFormatException(file, "tensor \"" + tensor + "\": " + elements
                    + " elements are too many for an array: use a model with smaller matrices");
        }
        return (int) elements;
    }
}
