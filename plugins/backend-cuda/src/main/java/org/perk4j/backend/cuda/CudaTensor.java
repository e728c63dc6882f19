package org.perk4j.backend.cuda;

import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A matrix on a device, row by row, in one block: all rows of the value, then all rows of the tangent if there is one. So to
 * a product with a constant a dual matrix is just one with twice the rows.
 */
final class CudaTensor implements Tensor {

    private final Memory owner;
    private final Shape shape;
    private final boolean tangent;
    private Arena.Block block;

    /** The scope that frees this tensor, and the place it has there: kept by {@link Memory}. */
    Memory.Region region;
    int place;

    CudaTensor(Memory owner, Shape shape, boolean tangent, Arena.Block block) {
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
    long size() {
        return shape.size();
    }

    /** @return the number of rows of value and tangent */
    int stackedRows() {
        return tangent ? Math.multiplyExact(2, shape.rows()) : shape.rows();
    }

    /** @throws IllegalStateException if this tensor was freed */
    long address() {
        if (block == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is used after it was freed");
        }
        return block.address();
    }

    /** @return where the tangent begins; behind the value if there is none */
    long tangentAddress() {
        return address() + size() * owner.dtype().bytes();
    }

    /** @return the bytes of the value, and of the tangent if there is one */
    long bytes() {
        return bytes(owner.dtype().bytes(), shape, tangent);
    }

    static long bytes(int element, Shape shape, boolean tangent) {
        return shape.size() * element * (tangent ? 2 : 1);
    }

    boolean freed() {
        return block == null;
    }

    /** Takes the block away: what {@link Memory} does to free this tensor. */
    Arena.Block surrender() {
        Arena.Block surrendered = block;
        block = null;
        return surrendered;
    }

    @Override
    public String toString() {
        return owner.dtype() + " " + shape + (tangent ? " with tangent" : "") + (freed() ? ", freed" : "");
    }
}
