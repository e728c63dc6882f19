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
    /** Where it begins in its memory, in bytes. */
    private final long offset;
    private Memory.Holding memory;

    /** The scope that frees this tensor, and the place it has there: kept by {@link Memory}. */
    Memory.Region region;
    int place;

    CudaTensor(Memory owner, Shape shape, boolean tangent, Memory.Holding memory, long offset) {
        this.owner = owner;
        this.shape = shape;
        this.tangent = tangent;
        this.memory = memory;
        this.offset = offset;
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
        if (memory == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is used after it was freed");
        }
        return memory.address() + offset;
    }

    /** @return where the tangent begins; behind the value if there is none */
    long tangentAddress() {
        return address() + size() * owner.dtype().bytes();
    }

    /** @return where it begins in its memory, in bytes */
    long offset() {
        return offset;
    }

    /** @return the memory that it lies in, perhaps with others */
    Memory.Holding memory() {
        address();
        return memory;
    }

    /** @return the bytes of the value, and of the tangent if there is one */
    long bytes() {
        return bytes(owner.dtype().bytes(), shape, tangent);
    }

    static long bytes(int element, Shape shape, boolean tangent) {
        return shape.size() * element * (tangent ? 2 : 1);
    }

    boolean freed() {
        return memory == null;
    }

    /** Takes the memory away: what {@link Memory} does to free this tensor. */
    Memory.Holding surrender() {
        Memory.Holding surrendered = memory;
        memory = null;
        return surrendered;
    }

    @Override
    public String toString() {
        return owner.dtype() + " " + shape + (tangent ? " with tangent" : "") + (freed() ? ", freed" : "");
    }
}
