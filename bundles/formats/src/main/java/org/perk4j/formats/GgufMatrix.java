package org.perk4j.formats;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import org.perk4j.backend.BlockMatrix;
import org.perk4j.tensor.Shape;

/** A matrix in a GGUF file that is mapped into memory. Blocks are widened when they are needed. Thread-safe. */
final class GgufMatrix implements BlockMatrix {

    private final GgufType type;
    private final int rows;
    private final int columns;
    private final List<ByteBuffer> pieces;
    private final int rowsOfPiece;
    private final int bytesOfRow;
    private final IntUnaryOperator places;
    private final boolean transposed;

    /**
     * @param rows        stored
     * @param columns     stored
     * @param pieces      the mapped rows, in the order of the file
     * @param rowsOfPiece how many each has, the last one at most
     * @param places      at which place of the file each row lies
     * @param transposed  whether the matrix's columns are stored as rows
     */
    GgufMatrix(GgufType type, int rows, int columns, List<ByteBuffer> pieces, int rowsOfPiece, IntUnaryOperator places,
               boolean transposed) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.pieces = pieces;
        this.rowsOfPiece = rowsOfPiece;
        this.bytesOfRow = columns / type.elements() * type.bytes();
        this.places = places;
        this.transposed = transposed;
    }

    @Override
    public Shape shape() {
        return transposed ? new Shape(columns, rows) : new Shape(rows, columns);
    }

    @Override
    public boolean transposed() {
        return transposed;
    }

    @Override
    public long bytes() {
        return pieces.stream().mapToLong(ByteBuffer::capacity).sum();
    }

    @Override
    public String layout() {
        return type.name();
    }

    @Override
    public void copy(int row, int some, int first, int count, byte[] target) {
        Objects.checkFromIndexSize(row, some, rows);
        Objects.checkFromIndexSize(first, count, bytesOfRow);
        int done = 0;
        while (done < some) {
            int place = places.applyAsInt(row + done);
            int together = count == bytesOfRow ? together(row + done, place, some - done) : 1;
            pieces.get(place / rowsOfPiece).get(place % rowsOfPiece * bytesOfRow + first, target, done * count,
                    together * count);
            done += together;
        }
    }

    /** @return how many of some rows, the first of which is at a place, lie one after another in a piece */
    private int together(int row, int place, int some) {
        int most = Math.min(some, rowsOfPiece - place % rowsOfPiece);
        int together = 1;
        while (together < most && places.applyAsInt(row + together) == place + together) {
            together++;
        }
        return together;
    }

    @Override
    public void widen(int row, int first, int count, float[] target, int at) {
        Objects.checkFromIndexSize(first, count, columns);
        int elements = type.elements();
        int from = first / elements;
        int blocks = (first + count + elements - 1) / elements - from;
        byte[] bytes = new byte[blocks * type.bytes()];
        copy(row, 1, from * type.bytes(), bytes.length, bytes);
        if (blocks * elements == count) {
            type.decode(bytes, blocks, target, at);
        } else {
            float[] whole = new float[blocks * elements];
            type.decode(bytes, blocks, whole, 0);
            System.arraycopy(whole, first - from * elements, target, at, count);
        }
    }

    @Override
    public String toString() {
        return type + " " + shape();
    }
}
