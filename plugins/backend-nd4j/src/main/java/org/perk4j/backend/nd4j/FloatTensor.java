package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.perk4j.tensor.Shape;

/**
 * A matrix of floats, row by row, in one block: all rows of the value, then all rows of the tangent if there is one. So a
 * product with a constant treats a dual matrix as one with twice the rows.
 */
final class FloatTensor extends BlockTensor {

    private final boolean tangent;

    FloatTensor(Memory memory, Shape shape, boolean tangent, Block block, long heldBytes) {
        super(memory, shape, block, heldBytes);
        this.tangent = tangent;
    }

    @Override
    public boolean hasTangent() {
        return tangent;
    }

    /** @return the number of elements of the value */
    int size() {
        return rows() * columns();
    }

    /** @return the number of elements of value and tangent */
    int stackedSize() {
        return tangent ? 2 * size() : size();
    }

    /** @return the number of rows of value and tangent */
    int stackedRows() {
        return tangent ? 2 * rows() : rows();
    }

    /** @return the index of the tangent's first element */
    int tangentAt() {
        return size();
    }

    @Override
    void copyRow(int row, ByteBuffer target, int at) {
        Rows.copy(target, at, bytes(), row * columns(), columns());
    }

    FloatBuffer floats() {
        return block().floats();
    }

    /** @return the address of an element of the value or, after that, of the tangent */
    long address(long element) {
        return block().address(element);
    }

    @Override
    public String toString() {
        return "float " + shape() + (tangent ? " with tangent" : "") + (freed() ? ", freed" : "");
    }
}
