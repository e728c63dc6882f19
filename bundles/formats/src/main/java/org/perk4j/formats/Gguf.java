package org.perk4j.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import org.perk4j.formats.GgufHeader.Tensor;

/**
 * A file in llama.cpp's format GGUF. Opening it validates the whole header. Tensors are mapped into memory and widened from
 * there, so that the heap holds no more than their elements. Thread-safe.
 */
final class Gguf implements AutoCloseable {

    private static final int PIECE = 1 << 20;
    /** Below a mapping's limit, and a multiple of all types' blocks: 2, 4, 18, 20, 22, 24, 34, 144, 176 and 210 bytes. */
    private static final int MAPPED = 942_480 << 10;

    private final Path file;
    private final FileChannel channel;
    private final GgufHeader header;

    private Gguf(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        long size = channel.size();
        this.header = GgufHeader.parse(file, map(0, Math.min(size, GgufHeader.LARGEST)), size);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws IOException naming the file, the place, what is wrong there, and the remedy
     */
    static Gguf open(Path file) throws IOException {
        return TensorFiles.open(file, channel -> new Gguf(file, channel));
    }

    Path file() {
        return file;
    }

    /** @return the metadata of the file */
    GgufMetadata metadata() {
        return new GgufMetadata(file, header.metadata());
    }

    /** @return the names of the tensors, in the order of the file */
    Set<String> names() {
        return Collections.unmodifiableSet(header.tensors().keySet());
    }

    /** @return the dimensions of a tensor, outermost first */
    int[] dimensions(String name) {
        return tensor(name).dimensions().clone();
    }

    /** @return the element type of a tensor */
    GgufType type(String name) {
        return tensor(name).type();
    }

    /** @return how many elements all tensors have together */
    long elements() {
        return header.tensors().values().stream().mapToLong(Tensor::elements).sum();
    }

    /** @throws IllegalArgumentException if there is no such tensor */
    private Tensor tensor(String name) {
        Tensor tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file + ": no tensor \"" + name + "\" in it");
        }
        return tensor;
    }

    /**
     * @return a tensor's elements as floats, row by row
     * @throws IOException if they can't be read, or are too many for an array
     */
    float[] read(String name) throws IOException {
        Tensor tensor = tensor(name);
        GgufType type = tensor.type();
        float[] elements = new float[TensorFiles.arrayLength(file, name, tensor.elements())];
        byte[] piece = new byte[(int) Math.min(tensor.bytes(), PIECE / type.bytes() * type.bytes())];
        int done = 0;
        for (long at = 0; at < tensor.bytes(); at += MAPPED) {
            ByteBuffer mapped = map(header.dataStart() + tensor.start() + at, Math.min(MAPPED, tensor.bytes() - at));
            while (mapped.hasRemaining()) {
                int count = Math.min(piece.length, mapped.remaining());
                mapped.get(piece, 0, count);
                type.decode(piece, count / type.bytes(), elements, done);
                done += count / type.bytes() * type.elements();
            }
        }
        return elements;
    }

    private ByteBuffer map(long start, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, start, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
