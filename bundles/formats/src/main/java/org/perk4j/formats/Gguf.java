package org.perk4j.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.perk4j.formats.GgufHeader.Tensor;

/**
 * A file in llama.cpp's format GGUF. Opening it validates the whole header. Tensors are read, or mapped into memory to stay
 * as they are stored: see {@link TensorFiles}. Thread-safe.
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
        this.header = GgufHeader.parse(file, TensorFiles.map(channel, 0, Math.min(size, GgufHeader.LARGEST)), size);
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
        int piece = PIECE / type.bytes() * type.bytes();
        int done = 0;
        for (long at = 0; at < tensor.bytes(); at += piece) {
            int count = (int) Math.min(piece, tensor.bytes() - at);
            byte[] bytes = TensorFiles.read(file, channel, header.dataStart() + tensor.start() + at, count).array();
            type.decode(bytes, count / type.bytes(), elements, done);
            done += count / type.bytes() * type.elements();
        }
        return elements;
    }

    /**
     * @param places     at which place of the tensor each of its rows is to be
     * @param transposed whether the matrix's columns are stored as rows
     * @return a tensor of two dimensions, mapped into memory for as long as it is reachable, also after this is closed
     * @throws IOException if it can't be mapped
     */
    GgufMatrix matrix(String name, IntUnaryOperator places, boolean transposed) throws IOException {
        Tensor tensor = tensor(name);
        GgufType type = tensor.type();
        int rows = tensor.dimensions()[0];
        int columns = tensor.dimensions()[1];
        long ofRow = (long) columns / type.elements() * type.bytes();
        int rowsOfPiece = (int) Math.min(rows, MAPPED / ofRow);
        if (rowsOfPiece == 0) {
            throw new FileFormatException(file, "tensor \"" + name + "\": rows of " + columns
                    + " elements are too long: use a model with smaller matrices");
        }
        List<ByteBuffer> pieces = new ArrayList<>();
        for (long row = 0; row < rows; row += rowsOfPiece) {
            pieces.add(TensorFiles.map(channel, header.dataStart() + tensor.start() + row * ofRow,
                    Math.min(rowsOfPiece, rows - row) * ofRow));
        }
        return new GgufMatrix(type, rows, columns, pieces, rowsOfPiece, places, transposed);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
