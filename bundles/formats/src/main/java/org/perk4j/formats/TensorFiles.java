package org.perk4j.formats;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the readers of all formats of files of tensors have in common. */
final class TensorFiles {

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
