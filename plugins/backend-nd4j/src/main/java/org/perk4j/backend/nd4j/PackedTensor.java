package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.perk4j.backend.BlockMatrix;
import org.perk4j.backend.PackedMatrix;

/** A constant matrix that stays as it was given, such as quantized in a mapped file. */
final class PackedTensor extends CpuTensor implements NarrowTensor {

    private final Memory memory;
    private final long heldBytes;
    /** Null if there are no kernels for the matrix's layout. */
    private final BlockLayout layout;
    private PackedMatrix matrix;

    PackedTensor(Memory memory, PackedMatrix matrix) {
        super(memory, matrix.shape());
        this.memory = memory;
        this.heldBytes = matrix.bytes();
        this.matrix = matrix;
        this.layout = matrix instanceof BlockMatrix blocks ? BlockLayout.of(blocks.layout()).orElse(null) : null;
    }

    @Override
    public boolean hasTangent() {
        return false;
    }

    private PackedMatrix matrix() {
        requireNotFreed();
        return matrix;
    }

    @Override
    public boolean turned() {
        return matrix().transposed();
    }

    @Override
    public void widen(int row, int first, int count, ByteBuffer target, int at) {
        float[] elements = new float[count];
        if (layout != null && layout.isWhole(first) && layout.isWhole(count) && matrix() instanceof BlockMatrix blocks) {
            byte[] stored = new byte[layout.bytes(count)];
            blocks.copy(row, 1, layout.bytes(first), stored.length, stored);
            layout.widen(stored, 0, count, elements, 0);
        } else {
            matrix().widen(row, first, count, elements, 0);
        }
        target.asFloatBuffer().put(at, elements);
    }

    /** Widens the first {@code count} elements of a stored row. */
    void widen(int row, int count, float[] target, int at) {
        matrix().widen(row, 0, count, target, at);
    }

    /** @return the layout of stored rows of this many elements; null if there are no kernels for them */
    BlockLayout layout(int count) {
        return layout != null && layout.isWhole(count) ? layout : null;
    }

    /** Copies stored rows, which have a layout, of {@code bytes} bytes each. */
    void copy(int row, int rows, int bytes, byte[] target) {
        ((BlockMatrix) matrix()).copy(row, rows, 0, bytes, target);
    }

    @Override
    void copyRow(int row, ByteBuffer target, int at) {
        if (!turned()) {
            widen(row, 0, columns(), target, at);
            return;
        }
        float[] element = new float[1];
        for (int column = 0; column < columns(); column++) {
            matrix().widen(column, row, 1, element, 0);
            target.putFloat(at + column << 2, element[0]);
        }
    }

    /** Copies a column, which is stored as a row, to its place in the whole matrix. */
    void copyColumn(int column, FloatBuffer whole) {
        float[] elements = new float[rows()];
        matrix().widen(column, 0, rows(), elements, 0);
        for (int row = 0; row < elements.length; row++) {
            whole.put(row * columns() + column, elements[row]);
        }
    }

    @Override
    protected void release() {
        matrix = null;
        memory.released(heldBytes);
    }

    @Override
    public String toString() {
        return "packed " + shape() + (freed() ? ", freed" : "");
    }
}
