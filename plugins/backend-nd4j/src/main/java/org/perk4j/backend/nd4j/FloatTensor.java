package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A matrix of floats, row by row, in one block: all rows of the value, then all rows of the tangent if there is one. So
 * to a product with a constant a dual matrix is just one with twice the rows.
 */
final class FloatTensor implements Tensor {

    private final Shape shape;
    private final boolean tangent;
    private final Memory owner;
    private Block block;

    /** The scope that frees this tensor, and the place it has there: kept by {@link Memory}. */
    Memory.Region region;
    int place;

    FloatTensor(Memory owner, Shape shape, boolean tangent, Block block) {
        this.owner = owner;
        this.shape = shape;
        this.tangent = tangent;
        this.block = block;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public boolean hasTangent() {
        return tangent;
    }

    Memory owner() {
        return owner;
    }

    /** @return the number of elements of the value */
    int size() {
        return shape.rows() * shape.columns();
    }

    /** @return the number of elements of value and tangent */
    int stackedSize() {
        return tangent ? 2 * size() : size();
    }

    /** @return the number of rows of value and tangent */
    int stackedRows() {
        return tangent ? 2 * shape.rows() : shape.rows();
    }

    /** @return where the tangent begins, in elements */
    int tangentAt() {
        return size();
    }

    ByteBuffer bytes() {
        return block().bytes();
    }

    FloatBuffer floats() {
        return block().floats();
    }

    /** @return the address of an element of the value, or behind it, of the tangent */
    long address(long element) {
        return block().address(element);
    }

    /** @throws IllegalStateException if this tensor was freed */
    Block block() {
        if (block == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is used after it was freed");
        }
        return block;
    }

    boolean freed() {
        return block == null;
    }

    /** Takes the block away: what {@link Memory} does to free this tensor. */
    Block surrender() {
        Block surrendered = block;
        block = null;
        return surrendered;
    }

    @Override
    public String toString() {
        return "float " + shape + (tangent ? " with tangent" : "") + (freed() ? ", freed" : "");
    }
}
